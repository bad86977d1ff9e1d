#include "policy/arn_pattern.h"

#include <gtest/gtest.h>

namespace countersign::policy {

namespace {

using Short = ArnPattern::Short;

struct ArnCase {
    std::string_view pattern;
    std::string_view arn;
    bool completed;  // whether it matches as a resource
    bool as_condition;
};

TEST(ArnPattern, MatchesFieldByField) {
    constexpr std::string_view user = "arn:aws:rds-db:us-east-1:111122223333:dbuser:cluster-A/alice";
    constexpr ArnCase cases[] = {
        {"*", user, true, true},
        {"*", "*", true, true},
        {user, user, true, true},
        {user, "*", false, false},
        {"arn:aws:rds-db:*:*:*", user, true, true},
        {"arn:aws:rds-db:us-east-1:111122223333:dbuser:*/alice", user, true, true},
        {"arn:aws:rds-db:us-east-1:111122223333:*", user, true, true},
        {"arn:aws:rds-db:us-east-1:111122223333:dbuser:*/Alice", user, false, false},
        {"arn:aws:rds-db:us-east-1:111122223333:dbuser:cluster-?/alice", user, true, true},
        {"arn:aws:rds-db:us-east-1:*:cluster-A/alice", user, false, false},
        {"arn:aws:rds-db:*:cluster-A/alice", user, false, false},
        {"arn:aws:rds-db", user, true, false},
        {"arn:aws:rds-db:us-east-1", user, true, false},
        {"arn:aws:s3", user, false, false},
        {"arn:aws:iam:*:111122223333:role/r", "arn:aws:iam::111122223333:role/r", true, true},
    };
    for (const ArnCase& each : cases) {
        const ArnText arn(each.arn);
        EXPECT_EQ(ArnPattern(each.pattern, true, Short::completed).matches(arn, {}), each.completed)
            << each.pattern << " as resource on " << each.arn;
        EXPECT_EQ(ArnPattern(each.pattern, true, Short::no_match).matches(arn, {}), each.as_condition)
            << each.pattern << " as condition on " << each.arn;
    }
}

TEST(ArnPattern, FillsVariablesIn) {
    const ArnPattern pattern("arn:aws:rds-db:*:111122223333:dbuser:*/${aws:PrincipalTag/db:user}", true,
                             Short::completed);
    const Context context = {{"aws:principaltag/db:user", {"a+b@example.com"}}};
    const ArnText arn("arn:aws:rds-db:us-east-1:111122223333:dbuser:db-X/a+b@example.com");
    EXPECT_TRUE(pattern.matches(arn, context));
    EXPECT_FALSE(pattern.matches(arn, {}));
}

TEST(ArnPattern, FindsVariablesBeforeTheFifthColon) {
    EXPECT_TRUE(has_early_variable("arn:aws:s3:${aws:RequestedRegion}:1:x"));
    EXPECT_TRUE(has_early_variable("arn:aws:iam::${aws:PrincipalAccount}"));
    EXPECT_FALSE(has_early_variable("arn:aws:s3:::${aws:username}/${saml:sub}"));
    EXPECT_FALSE(has_early_variable("*"));
    std::string unclosed;
    for (int at = 0; at < 100'000; ++at) unclosed += "${";
    EXPECT_TRUE(has_early_variable(unclosed));
}

}  // namespace

}  // namespace countersign::policy
