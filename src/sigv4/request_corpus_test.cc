// Requests as botocore signs them, and the same spoilt: every line of the two corpora.
#include <gtest/gtest.h>

#include "../../tests/vectors.h"
#include "formats/iso_time.h"
#include "sigv4/request.h"

namespace countersign::sigv4 {

namespace {

namespace json = boost::json;
using testing::read_vectors;
using testing::text_of;

http::Request request_of(const json::object& line) {
    const json::object& sent = line.at("signed").as_object();
    http::Request request;
    request.method = text_of(sent, "method");
    request.target = text_of(sent, "target");
    request.body = text_of(sent, "body");
    for (const json::value& header : sent.at("headers").as_array()) {
        const json::array& pair = header.as_array();
        request.headers.emplace_back(std::string(pair.at(0).as_string()),
                                     std::string(pair.at(1).as_string()));
    }
    return request;
}

// The answer at the time that the named member of the line gives.
Result<void> judged(const json::object& line, std::string_view time) {
    const SignedRequest request = TRY(parse_request(request_of(line)));
    const Secret secret(text_of(line.at("credentials").as_object(), "secret_access_key"));
    return request.verify(secret, text_of(line, "service"), *formats::parse_basic_time(text_of(line, time)));
}

TEST(RequestCorpus, GenuineRequestsVerify) {
    const auto lines = read_vectors("sigv4-api-vectors.jsonl");
    if (lines.empty()) GTEST_SKIP() << "no sigv4-api-vectors.jsonl";
    for (const json::object& line : lines) {
        SCOPED_TRACE(text_of(line, "id"));
        EXPECT_TRUE(judged(line, "date"));
        const Result<SignedRequest> request = parse_request(request_of(line));
        ASSERT_TRUE(request);
        const json::object& credentials = line.at("credentials").as_object();
        EXPECT_EQ(request->access_key_id(), text_of(credentials, "access_key_id"));
        EXPECT_EQ(request->session_token(), text_of(credentials, "token"));
        EXPECT_EQ(request->scope().region, text_of(line, "region"));
    }
}

// Which key this is, and whether the session token is that key's, is known to the caller alone, who
// asks before the signature is verified: one in a header does not cover the key's name. Here it need only be
// possible to tell.
bool is_for_the_caller(const json::object& line) {
    const std::string tamper = text_of(line, "tamper");
    return tamper == "unknown access key" || tamper == "session token header removed";
}

TEST(RequestCorpus, SpoiltRequestsAreRefusedWithTheirCode) {
    const auto lines = read_vectors("sigv4-api-tampered.jsonl");
    if (lines.empty()) GTEST_SKIP() << "no sigv4-api-tampered.jsonl";
    for (const json::object& line : lines) {
        if (is_for_the_caller(line)) continue;
        const std::string expected = text_of(line, "expected_error");
        SCOPED_TRACE(text_of(line, "id") + " " + text_of(line, "tamper") + ": " + expected);
        const Result<void> result = judged(line, "now");
        ASSERT_FALSE(result);
        EXPECT_FALSE(result.error().code.empty());
        EXPECT_NE(expected.find(result.error().code), std::string::npos) << result.error().code;
        for (const std::string_view text : {"Signature expired", "Signature not yet current"}) {
            if (!expected.ends_with("(message: " + std::string(text) + ")")) continue;
            EXPECT_TRUE(result.error().message.starts_with(text)) << result.error().message;
        }
    }
}

TEST(RequestCorpus, TheCallerSeesAnotherKeyAndAMissingSessionToken) {
    const auto lines = read_vectors("sigv4-api-tampered.jsonl");
    if (lines.empty()) GTEST_SKIP() << "no sigv4-api-tampered.jsonl";
    int seen = 0;
    for (const json::object& line : lines) {
        if (!is_for_the_caller(line)) continue;
        const json::object& credentials = line.at("credentials").as_object();
        const Result<SignedRequest> request = parse_request(request_of(line));
        ASSERT_TRUE(request) << text_of(line, "id");
        EXPECT_TRUE(request->access_key_id() != text_of(credentials, "access_key_id") ||
                    request->session_token() != text_of(credentials, "token"))
            << text_of(line, "id");
        ++seen;
    }
    EXPECT_GT(seen, 0);
}

}  // namespace

}  // namespace countersign::sigv4
