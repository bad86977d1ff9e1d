#include "sigv4/sign.h"

#include <gtest/gtest.h>

#include "sigv4/request.h"

namespace countersign::sigv4 {
namespace {

constexpr Instant now{std::chrono::milliseconds(1'788'000'000'000)};

http::Request signed_by(const Credentials& credentials, const std::vector<Header>& more) {
    http::Request request{"POST", "/", {{"Host", "localhost"}}, "Action=ListUsers", ""};
    request.headers.insert(request.headers.end(), more.begin(), more.end());
    sign(request, credentials, {"us-east-1", "iam"}, now);
    return request;
}

TEST(Sign, WhatItSignsIsVerified) {
    const Credentials lasting{"AKIAIOSFODNN7EXAMPLE", Secret("secret"), ""};
    const Credentials session{"ASIAIOSFODNN7EXAMPLE", Secret("secret"), "token"};
    for (const Credentials& credentials : {lasting, session})
        for (const std::vector<Header>& more :
             {std::vector<Header>{}, std::vector<Header>{{"Content-Type", "text/plain"}}}) {
            http::Request request = signed_by(credentials, more);
            const auto read = parse_request(request);
            ASSERT_TRUE(read) << read.error().message;
            EXPECT_EQ(read->access_key_id(), credentials.access_key_id);
            EXPECT_EQ(read->session_token(), credentials.session_token);
            EXPECT_TRUE(read->verify(Secret("secret"), "iam", now));
            const bool has_type = !more.empty();
            EXPECT_EQ(request.header("authorization")->find("content-type") != std::string::npos, has_type);
            EXPECT_FALSE(read->verify(Secret("other"), "iam", now));
            EXPECT_FALSE(read->verify(Secret("secret"), "rds", now));
            request.body += "&";
            EXPECT_FALSE(parse_request(request)->verify(Secret("secret"), "iam", now));
        }
}

}  // namespace
}  // namespace countersign::sigv4
