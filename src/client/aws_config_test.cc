#include "client/aws_config.h"

#include <gtest/gtest.h>

namespace countersign::client {
namespace {

Environment environment_of(std::map<std::string, std::string> values) {
    return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
        const auto found = values.find(name);
        return found == values.end() ? std::nullopt : std::optional(found->second);
    };
}

TEST(AwsConfigTest, ReadsSectionsWithCommentsAndBlanks) {
    const AwsConfig config =
        parse_aws_config("# note\n[default]\n\nRegion = eu-west-1\n; note\n[profile a]\nkey=v = w\n");
    EXPECT_EQ(config.get("default", "region"), "eu-west-1");
    EXPECT_EQ(config.get("profile a", "key"), "v = w");
    EXPECT_TRUE(config.has("profile a"));
    EXPECT_FALSE(config.has("a"));
    EXPECT_EQ(config.get("a", "key"), "");
}

TEST(AwsConfigTest, IndentedLinesBelongToTheNameAboveThem) {
    const AwsConfig config =
        parse_aws_config("[services s]\nsts =\n  endpoint_url = http://a\nregion = r\n  region = x\n");
    EXPECT_EQ(config.get("services s", "sts.endpoint_url"), "http://a");
    EXPECT_EQ(config.get("services s", "endpoint_url"), "");
    EXPECT_EQ(config.get("services s", "region"), "r");
}

TEST(AwsConfigTest, TheProfileIsTheOneNamedThenThatOfTheEnvironment) {
    EXPECT_EQ(chosen_profile(environment_of({}), ""), "default");
    EXPECT_EQ(chosen_profile(environment_of({{"AWS_DEFAULT_PROFILE", "d"}}), ""), "d");
    EXPECT_EQ(chosen_profile(environment_of({{"AWS_DEFAULT_PROFILE", "d"}, {"AWS_PROFILE", "p"}}), ""), "p");
    EXPECT_EQ(chosen_profile(environment_of({{"AWS_PROFILE", "p"}}), "named"), "named");
}

}  // namespace
}  // namespace countersign::client
