#include "services/ec2/rules.h"

#include <gtest/gtest.h>

#include "services/ec2/filters.h"

namespace countersign::ec2 {
namespace {

api::IpPermission permission(const std::string& protocol, std::optional<std::int64_t> from,
                             std::optional<std::int64_t> to, const std::vector<std::string>& cidrs) {
    api::IpPermission one;
    one.IpProtocol = protocol;
    one.FromPort = from;
    one.ToPort = to;
    for (const std::string& cidr : cidrs) {
        if (!one.IpRanges) one.IpRanges.emplace();
        one.IpRanges->emplace_back().CidrIp = cidr;
    }
    return one;
}

std::string code_of(const api::IpPermission& permission) {
    const auto rules = rules_of({permission}, false);
    return rules ? "" : rules.error().code;
}

TEST(Rules, ThereIsOneForEachSource) {
    api::IpPermission both = permission("6", 5432, 5433, {"10.0.0.1/8", "192.0.2.0/24"});
    both.UserIdGroupPairs.emplace().emplace_back().GroupName = "app";
    const auto rules = rules_of({both}, false);
    ASSERT_TRUE(rules);
    ASSERT_EQ(rules->size(), 3U);
    EXPECT_EQ(text_of((*rules)[0]), "peer: 10.0.0.0/8, TCP, from port: 5432, to port: 5433, ALLOW");
    EXPECT_EQ((*rules)[2].group, "=app");
    EXPECT_TRUE(same_rule((*rules)[1], (*rules)[1]));
    EXPECT_FALSE(same_rule((*rules)[0], (*rules)[1]));
}

TEST(Rules, OfAllProtocolsHaveNoPorts) {
    const auto rules = rules_of({permission("all", 1, 2, {"0.0.0.0/0"})}, true);
    ASSERT_TRUE(rules);
    EXPECT_EQ((*rules)[0].protocol, "-1");
    EXPECT_FALSE((*rules)[0].from_port);
    EXPECT_EQ(text_of((*rules)[0]), "peer: 0.0.0.0/0, ALL, ALLOW");
}

TEST(Rules, AreRefusedAsEc2RefusesThem) {
    EXPECT_EQ(code_of(permission("tcp", 5432, std::nullopt, {"10.0.0.0/8"})), "InvalidParameterValue");
    EXPECT_EQ(code_of(permission("tcp", 2, 1, {"10.0.0.0/8"})), "InvalidParameterValue");
    EXPECT_EQ(code_of(permission("tcp", 1, 65536, {"10.0.0.0/8"})), "InvalidParameterValue");
    EXPECT_EQ(code_of(permission("ospf", 1, 1, {"10.0.0.0/8"})), "InvalidParameterValue");
    EXPECT_EQ(code_of(permission("tcp", 1, 1, {"10.0.0.0"})), "InvalidParameterValue");
    EXPECT_EQ(code_of(permission("tcp", 1, 1, {"::/0"})), "InvalidParameterValue");
    EXPECT_EQ(code_of(permission("tcp", 1, 1, {})), "MissingParameter");
    EXPECT_FALSE(check_description("rule", "tab\t"));
    EXPECT_FALSE(check_description("rule", std::string(256, 'a')));
    EXPECT_TRUE(check_description("rule", std::string(255, 'a')));
}

TEST(Rules, AChangeGivesExactlyOneSource) {
    api::SecurityGroupRuleRequest request;
    request.IpProtocol = "tcp";
    request.FromPort = request.ToPort = 5432;
    EXPECT_FALSE(rule_of(request, false));
    request.CidrIpv6 = "2001:db8::1/32";
    EXPECT_EQ(rule_of(request, false)->cidr6, "2001:db8::/32");
    request.ReferencedGroupId = "sg-1";
    EXPECT_FALSE(rule_of(request, false));
}

TEST(Filters, EachFindsOneOfItsValues) {
    const auto reads = [](const std::string& name, const std::vector<std::string>& values) {
        api::Filter filter;
        filter.Name = name;
        filter.Values = values;
        return Filters::read(std::vector{filter}, {"vpc-id"});
    };
    Traits traits{{"vpc-id", {"vpc-1"}}};
    add_tags(traits, {{"stage", "test"}});
    EXPECT_TRUE(reads("vpc-id", {"vpc-2", "vpc-?"})->let_through(traits));
    EXPECT_FALSE(reads("vpc-id", {"vpc-2"})->let_through(traits));
    EXPECT_TRUE(reads("tag:stage", {"t*"})->let_through(traits));
    EXPECT_TRUE(reads("tag-key", {"stage"})->let_through(traits));
    EXPECT_FALSE(reads("tag:owner", {"*"})->let_through(traits));
    EXPECT_FALSE(reads("color", {"red"}));
}

}  // namespace
}  // namespace countersign::ec2
