#include "model/arn.h"

#include <gtest/gtest.h>

#include "model/region.h"

namespace countersign::model {
namespace {

TEST(Arn, ReadsAndPrints) {
    const std::string text = "arn:aws:rds-db:us-east-1:123456789012:dbuser:cluster-ABC/jane:doe";
    const auto arn = parse_arn(text);
    ASSERT_TRUE(arn);
    EXPECT_EQ(arn->resource, "dbuser:cluster-ABC/jane:doe");
    EXPECT_EQ(arn->text(), text);
}

TEST(Arn, RefusesWhatIsNone) {
    for (const char* text :
         {"", "arn:aws:iam::1", "urn:aws:iam::1:user/x", "arn::iam::1:user/x", "arn:aws:iam::1:"})
        EXPECT_FALSE(parse_arn(text)) << text;
}

TEST(Arn, OfADatabaseUserLiesInTheRegionsPartition) {
    EXPECT_EQ(dbuser_arn("cn-north-1", "123456789012", "db-X", "jane"),
              "arn:aws-cn:rds-db:cn-north-1:123456789012:dbuser:db-X/jane");
}

TEST(Arn, PeopleSignInWhereTheirPartitionHasIt) {
    EXPECT_EQ(signin_host_of("eu-west-1"), "signin.aws.amazon.com");
    EXPECT_EQ(signin_host_of("cn-north-1"), "signin.amazonaws.cn");
    EXPECT_EQ(signin_host_of("us-gov-east-1"), "signin.amazonaws-us-gov.com");
}

TEST(Arn, OfWhatHasNoRegionLiesInTheProcessPartition) {
    EXPECT_EQ(iam_arn("123456789012", "user/jane"), "arn:aws:iam::123456789012:user/jane");
    EXPECT_EQ(dns_suffix(), "amazonaws.com");
    stand_in("us-gov-west-1");
    EXPECT_EQ(sts_arn("123456789012", "assumed-role/r/s"),
              "arn:aws-us-gov:sts::123456789012:assumed-role/r/s");
    EXPECT_EQ(dns_suffix(), "amazonaws.com");
    EXPECT_EQ(home_region(), "us-gov-west-1");
    stand_in("cn-northwest-1");
    EXPECT_EQ(global_arn("countersign", "1", "account/1"), "arn:aws-cn:countersign::1:account/1");
    EXPECT_EQ(dns_suffix(), "amazonaws.com.cn");
    EXPECT_EQ(home_region(), "cn-north-1");
    stand_in("us-east-1");
}

TEST(Region, IsKnownByItsForm) {
    for (const char* text : {"us-east-1", "us-gov-west-1", "cn-north-1", "ap-southeast-12"})
        EXPECT_TRUE(is_region(text)) << text;
    for (const char* text : {"", "us-east", "US-EAST-1", "us--1", "us-east-1/x", "useast-1-1", "us-east-1a"})
        EXPECT_FALSE(is_region(text)) << text;
}

}  // namespace
}  // namespace countersign::model
