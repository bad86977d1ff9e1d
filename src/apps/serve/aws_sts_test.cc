#include "apps/serve/aws_sts.h"

#include <gtest/gtest.h>

namespace countersign::apps {
namespace {

TEST(AwsSts, FurtherHostsAreThoseThatAreNamed) {
    const sts::AwsSts aws =
        aws_sts({{"https://vpce-1.sts.eu-west-1.vpce.amazonaws.com", "http://127.0.0.1:7080"}, ""}, nullptr);
    EXPECT_TRUE(aws.hosts.contains("vpce-1.sts.eu-west-1.vpce.amazonaws.com"));
    EXPECT_TRUE(aws.hosts.contains("127.0.0.1:7080"));
    EXPECT_TRUE(aws.hosts.contains("sts.amazonaws.com"));
    EXPECT_FALSE(aws_sts({}, nullptr).hosts.contains("127.0.0.1:7080"));
}

TEST(AwsSts, WhatIsAskedInTheClearIsOnThisMachine) {
    for (const char* url :
         {"https://sts.example.org", "https://sts.example.org:8443", "http://localhost:7080"})
        EXPECT_TRUE(check_aws_sts({{url}, ""})) << url;
    for (const char* url : {"http://sts.example.org", "sts.example.org", "https://", "https://a/b",
                            "https://a@b", "ftp://localhost", "http://localhost.example.org:80"})
        EXPECT_FALSE(check_aws_sts({{url}, ""})) << url;
}

}  // namespace
}  // namespace countersign::apps
