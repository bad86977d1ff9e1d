#include "gateway/unoffered.h"

#include <gtest/gtest.h>

#include "gateway/aws_operations.h"

namespace countersign::gateway {
namespace {

http::Request signed_for(std::string_view service, std::vector<http::Header> more = {}) {
    http::Request request{"POST", "/", std::move(more), "", "127.0.0.1"};
    request.headers.emplace_back("Authorization", "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/" +
                                                      std::string(service) +
                                                      "/aws4_request, SignedHeaders=host, Signature=00");
    return request;
}

http::Response answer_to(const http::Request& request) {
    return not_offered(request, *signed_service(request), "iam and rds", "id");
}

const http::Header form{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"};

TEST(Unoffered, ReadsTheServiceOfEverySignature) {
    EXPECT_EQ(signed_service(signed_for("s3")), "s3");
    const http::Request presigned{
        "GET", "/k?X-Amz-Credential=A%2F20260101%2Fus-east-1%2Fs3%2Faws4_request", {}, "", ""};
    EXPECT_EQ(signed_service(presigned), "s3");
    http::Request regions = signed_for("s3");
    regions.headers.back().second =
        "AWS4-ECDSA-P256-SHA256 Credential=A/20260101/s3/aws4_request, SignedHeaders=host, Signature=00";
    EXPECT_EQ(signed_service(regions), "s3");
    for (const char* text :
         {"", "Bearer x", "AWS4-HMAC-SHA256 Credential=A/b", "AWS4-HMAC-SHA256 Credential=A/d/r//x",
          "AWS4-HMAC-SHA256 Credential=A/d/r//aws4_request", "AWS4-HMAC-SHA256"}) {
        http::Request other{"GET", "/", {{"Authorization", text}}, "", ""};
        EXPECT_EQ(signed_service(other), std::nullopt) << text;
    }
    EXPECT_EQ(signed_service({"GET", "/", {}, "", ""}), std::nullopt);
}

TEST(Unoffered, AnswersInTheFormOfTheService) {
    const http::Response s3 = answer_to(signed_for("s3"));
    EXPECT_EQ(s3.status, 501);
    EXPECT_NE(s3.body.find("<Error><Code>NotImplemented</Code>"), std::string::npos);
    const http::Response sns = answer_to(signed_for("sns", {form}));
    EXPECT_NE(sns.body.find("<Code>InvalidAction</Code>"), std::string::npos);
    EXPECT_NE(sns.body.find("<ErrorResponse"), std::string::npos);
    const http::Response route53 = answer_to(signed_for("route53"));
    EXPECT_NE(route53.body.find("<ErrorResponse"), std::string::npos);
    const http::Response kms = answer_to(signed_for("kms", {{"X-Amz-Target", "TrentService.ListKeys"}}));
    EXPECT_EQ(kms.status, 400);
    EXPECT_TRUE(kms.body.starts_with(
        R"({"__type":"UnknownOperationException","message":"What was asked for of kms)"));
    const http::Response lambda = answer_to(signed_for("lambda"));
    EXPECT_EQ(lambda.status, 400);
    EXPECT_TRUE(lambda.body.starts_with(R"({"message":"What was asked for of lambda is not offered here)"));
    EXPECT_EQ(lambda.headers.back(), http::Header("x-amzn-ErrorType", "UnknownOperationException"));
}

TEST(Unoffered, ServicesNamesAreShownAsTheyCanBeSeen) {
    const http::Response answer = answer_to(signed_for("a\x1b\"<b>"));
    EXPECT_EQ(answer.body.find('\x1b'), std::string::npos);
}

TEST(AwsOperations, AreThoseOfTheOfferedServices) {
    EXPECT_TRUE(is_aws_operation("rds", "CreateDBProxy"));
    EXPECT_TRUE(is_aws_operation("monitoring", "ListDashboards"));
    EXPECT_TRUE(is_aws_operation("access-analyzer", "ListAnalyzers"));
    EXPECT_FALSE(is_aws_operation("rds", "MakeTea"));
    EXPECT_FALSE(is_aws_operation("rds", "rds"));
    EXPECT_FALSE(is_aws_operation("s3", "ListBuckets"));
    EXPECT_TRUE(aws_operations_of("s3").empty());
}

}  // namespace
}  // namespace countersign::gateway
