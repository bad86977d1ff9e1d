#include "policy/sentence.h"

#include <gtest/gtest.h>

namespace countersign::policy {

namespace {

Decision lacking(Kind kind) {
    return Decision::not_allowed_by(kind);
}

Decision denied(Kind kind) {
    return Decision::denied_by({.kind = kind, .policy = "p", .sid = "", .statement = 1});
}

TEST(Sentence, SaysWhatAwsSays) {
    const std::string action = "rds:CreateDBCluster";
    EXPECT_EQ(refusal_reason(lacking(Kind::identity), action),
              "because no identity-based policy allows the rds:CreateDBCluster action");
    EXPECT_EQ(refusal_reason(denied(Kind::identity), action),
              "with an explicit deny in an identity-based policy");
    EXPECT_EQ(refusal_reason(lacking(Kind::boundary), action),
              "because no permissions boundary allows the rds:CreateDBCluster action");
    EXPECT_EQ(refusal_reason(denied(Kind::boundary), action),
              "with an explicit deny in a permissions boundary");
    EXPECT_EQ(refusal_reason(lacking(Kind::session), action),
              "because no session policy allows the rds:CreateDBCluster action");
    EXPECT_EQ(refusal_reason(denied(Kind::session), action), "with an explicit deny in a sessions policy");
    EXPECT_EQ(refusal_reason(lacking(Kind::guardrail), action),
              "with an explicit deny in a service control policy");
    EXPECT_EQ(refusal_reason(denied(Kind::guardrail), action),
              "with an explicit deny in a service control policy");
    EXPECT_EQ(refusal_reason(lacking(Kind::resource), action),
              "because no resource-based policy allows the rds:CreateDBCluster action");
    EXPECT_EQ(refusal_reason(lacking(Kind::resource), "sts:AssumeRole"),
              "because no role trust policy allows the sts:AssumeRole action");
    EXPECT_EQ(refusal_reason(denied(Kind::resource), "sts:AssumeRole"),
              "with an explicit deny in the role trust policy");
    EXPECT_EQ(refusal_reason(Decision::allowed_by({}), action), "");
}

TEST(Sentence, NamesAStatement) {
    EXPECT_EQ(decided_by_text({.kind = Kind::identity, .policy = "user/a/p", .sid = "", .statement = 2}),
              "user/a/p, statement 2");
    EXPECT_EQ(decided_by_text({.kind = Kind::identity, .policy = "p", .sid = "Out", .statement = 1}),
              "p, statement 1 (Out)");
}

}  // namespace

}  // namespace countersign::policy
