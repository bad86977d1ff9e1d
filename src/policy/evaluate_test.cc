#include <gtest/gtest.h>

#include "policy/policy.h"
#include "policy/test_policies.h"

namespace countersign::policy {

namespace {

using testing::policy_of;

constexpr const char* account = "111122223333";
constexpr const char* user = "arn:aws:iam::111122223333:user/alice";
constexpr const char* session = "arn:aws:sts::111122223333:assumed-role/app/s-1";

constexpr const char* allow_all = R"({"Effect":"Allow","Action":"*","Resource":"*"})";
constexpr const char* allow_other = R"({"Effect":"Allow","Action":"s3:*","Resource":"*"})";
constexpr const char* deny_all = R"({"Sid":"No","Effect":"Deny","Action":"*","Resource":"*"})";

Policy granting(const std::string& principal) {
    return policy_of(R"({"Effect":"Allow","Action":"*","Principal":)" + principal + "}", Form::resource);
}

Request request_of(const char* principal) {
    return {principal, account, "rds-db:connect", "arn:aws:rds-db:us-east-1:111122223333:dbuser:db-X/alice",
            "",        {}};
}

// The verdict in one word or two: allowed, denied KIND, or lacks KIND.
std::string verdict(const PolicySet& set, const Request& request) {
    constexpr const char* kinds[] = {"identity", "boundary", "session", "guardrail", "resource"};
    const Decision decision = evaluate(set, request);
    if (decision.allowed()) return "allowed";
    const std::string kind = kinds[static_cast<int>(decision.kind())];
    return (decision.effect() == Effect::explicit_deny ? "denied " : "lacks ") + kind;
}

TEST(Evaluate, SaysWhetherTheContextCanMatter) {
    const Policy plain = policy_of(allow_all);
    for (
        const char* asking :
        {R"({"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Null":{"aws:TokenIssueTime":"true"}}})",
         R"({"Effect":"Deny","Action":"*","Resource":"arn:aws:rds-db:*:*:dbuser:*/${aws:username}"})",
         R"({"Effect":"Deny","Action":"*","Resource":"arn:aws:rds-db:*:*:dbuser:*/\u0024\u007baws:username}"})",
         R"({"Effect":"Deny","Action":"*","NotResource":"arn:aws:rds-db:*:*:dbuser:*/${aws:PrincipalTag/x}"})"}) {
        const Policy policy = policy_of(std::string(allow_other) + "," + asking);
        EXPECT_TRUE(asks_context({.identity = {plain, policy}})) << asking;
        EXPECT_TRUE(asks_context({.identity = {plain}, .boundary = {{policy}}})) << asking;
        EXPECT_TRUE(asks_context({.identity = {plain}, .session = {{policy}}})) << asking;
        EXPECT_TRUE(asks_context({.identity = {plain}, .guardrails = {{{plain}, {plain, policy}}}}))
            << asking;
        EXPECT_TRUE(asks_context({.identity = {plain}, .resource = {policy}})) << asking;
    }
    EXPECT_FALSE(asks_context({.identity = {plain, policy_of(deny_all), {"unreadable", nullptr}},
                               .boundary = {{plain}},
                               .session = {{plain}},
                               .guardrails = {{{plain}, {plain}}}}));
    EXPECT_FALSE(asks_context({}));
}

TEST(Evaluate, DeniesByDefault) {
    EXPECT_FALSE(Decision().allowed());
    EXPECT_EQ(verdict({}, request_of(user)), "lacks identity");
    EXPECT_EQ(verdict({.identity = {policy_of(allow_other)}}, request_of(user)), "lacks identity");
    EXPECT_EQ(verdict({.identity = {policy_of("")}}, request_of(user)), "lacks identity");
    EXPECT_EQ(verdict({.identity = {policy_of(allow_all), {"missing", nullptr}}}, request_of(user)),
              "denied identity");
}

TEST(Evaluate, NamesTheStatementThatDecided) {
    const PolicySet set{.identity = {policy_of(std::string(allow_other) + "," + allow_all)}};
    const Decision allowed = evaluate(set, request_of(user));
    ASSERT_TRUE(allowed.by());
    EXPECT_EQ(allowed.by()->statement, 2U);
    EXPECT_EQ(allowed.by()->policy, "p");
    PolicySet denying = set;
    denying.boundary = {policy_of(deny_all)};
    const Decision denied = evaluate(denying, request_of(user));
    ASSERT_TRUE(denied.by());
    EXPECT_EQ(denied.by()->sid, "No");
    EXPECT_EQ(denied.by()->kind, Kind::boundary);
    EXPECT_FALSE(evaluate({}, request_of(user)).by());
}

TEST(Evaluate, NeedsEveryCeilingToAllow) {
    const Policy all = policy_of(allow_all);
    const Policy other = policy_of(allow_other);
    const Request request = request_of(user);
    EXPECT_EQ(verdict({.identity = {all}, .boundary = {{all}}, .session = {{all}}, .guardrails = {{{all}}}},
                      request),
              "allowed");
    EXPECT_EQ(verdict({.identity = {all}, .boundary = {{other}}}, request), "lacks boundary");
    EXPECT_EQ(verdict({.identity = {all}, .session = {{other}}}, request), "lacks session");
    EXPECT_EQ(verdict({.identity = {all}, .guardrails = {{{all}, {other}}}}, request), "lacks guardrail");
    EXPECT_EQ(verdict({.identity = {all}, .guardrails = {{{other, all}}}}, request), "allowed");
    EXPECT_EQ(verdict({.identity = {other}, .boundary = {{all}}}, request), "lacks identity");
    PolicySet empty{.identity = {all}};
    empty.boundary.emplace();
    EXPECT_EQ(verdict(empty, request), "lacks boundary");
    empty = {.identity = {all}};
    empty.session.emplace();
    EXPECT_EQ(verdict(empty, request), "lacks session");
    empty = {.identity = {all}};
    empty.guardrails.emplace();
    EXPECT_EQ(verdict(empty, request), "lacks guardrail");
}

TEST(Evaluate, GrantsByResourcePolicyWithinAnAccount) {
    const Policy other = policy_of(allow_other);
    const std::string named_user = R"({"AWS":"arn:aws:iam::111122223333:user/alice"})";
    const std::string named_role = R"({"AWS":"arn:aws:iam::111122223333:role/app"})";
    const std::string named_account = R"({"AWS":"111122223333"})";
    EXPECT_EQ(verdict({.resource = {granting(named_user)}}, request_of(user)), "allowed");
    EXPECT_EQ(verdict({.boundary = {{other}}, .resource = {granting(named_user)}}, request_of(user)),
              "allowed");
    EXPECT_EQ(verdict({.resource = {granting(named_role)}}, request_of(session)), "allowed");
    EXPECT_EQ(verdict({.session = {{other}}, .resource = {granting(named_role)}}, request_of(session)),
              "lacks identity");
    EXPECT_EQ(verdict({.resource = {granting(named_account)}}, request_of(user)), "lacks identity");
    EXPECT_EQ(
        verdict({.identity = {policy_of(allow_all)}, .resource = {granting(named_role)}}, request_of(user)),
        "allowed");
}

TEST(Evaluate, NeedsBothSidesAcrossAccounts) {
    Request request = request_of(user);
    request.resource_account = "444455556666";
    const Policy all = policy_of(allow_all);
    const Policy grant = granting(R"({"AWS":"arn:aws:iam::111122223333:user/alice"})");
    EXPECT_EQ(verdict({.identity = {all}}, request), "lacks resource");
    EXPECT_EQ(verdict({.resource = {grant}}, request), "lacks identity");
    EXPECT_EQ(verdict({.identity = {all}, .resource = {grant}}, request), "allowed");
    EXPECT_EQ(verdict({.identity = {all}, .boundary = std::vector<Policy>(), .resource = {grant}}, request),
              "lacks boundary");
}

TEST(Evaluate, KnowsWhomABoundPolicyNamesByTheirIds) {
    Request alice = request_of(user);
    alice.principal_id = "AIDAALICE";
    Request app = request_of(session);
    app.principal_id = "AROAAPP:s-1";
    const auto bound = [](const std::string& names, const std::string& effect = "Allow",
                          const std::string& element = "Principal") {
        return PolicySet{.resource = {policy_of(R"({"Effect":")" + effect + R"(","Action":"*",")" + element +
                                                    R"(":{"AWS":[)" + names + "]}}",
                                                Form::bound)}};
    };
    EXPECT_EQ(verdict(bound(R"("AIDAALICE")"), alice), "allowed");
    EXPECT_EQ(verdict(bound(R"("AIDAGONE")"), alice), "lacks identity");
    EXPECT_EQ(verdict(bound(R"("AROAAPP")"), app), "allowed");
    EXPECT_EQ(verdict(bound(R"("AROAAPP:s-1")"), app), "allowed");
    EXPECT_EQ(verdict(bound(R"("AROAGONE","AROAGONE:s-1")"), app), "lacks identity");
    // ARNs of what has an id name nobody there, whoever has them now.
    EXPECT_EQ(verdict(bound(R"("arn:aws:iam::111122223333:user/alice")"), alice), "lacks identity");
    EXPECT_EQ(verdict(bound(R"("arn:aws:iam::111122223333:role/app",
                               "arn:aws:sts::111122223333:assumed-role/app/s-1")"),
                      app),
              "lacks identity");
    EXPECT_EQ(verdict(bound(R"("arn:aws:iam::111122223333:user/alice")", "Deny", "NotPrincipal"), alice),
              "denied resource");
    EXPECT_EQ(verdict(bound(R"("arn:aws:sts::111122223333:federated-user/x")"),
                      request_of("arn:aws:sts::111122223333:federated-user/x")),
              "allowed");
}

TEST(Evaluate, NeedsTheTrustPolicysConsent) {
    Request request = request_of(user);
    request.action = "STS:AssumeRole";
    const Policy all = policy_of(allow_all);
    const Policy bob_only = granting(R"({"AWS":"arn:aws:iam::111122223333:user/bob"})");
    EXPECT_EQ(verdict({.identity = {all}, .resource = {bob_only}}, request), "lacks resource");
    EXPECT_EQ(verdict({.identity = {all}, .resource = {granting(R"({"AWS":"111122223333"})")}}, request),
              "allowed");
}

TEST(Evaluate, DeniesAllButNotPrincipal) {
    const Policy deny = policy_of(R"({"Effect":"Deny","Action":"*","NotPrincipal":{"AWS":
        ["111122223333","arn:aws:iam::111122223333:user/alice"]}})",
                                  Form::resource);
    const PolicySet set{.identity = {policy_of(allow_all)}, .resource = {deny}};
    EXPECT_EQ(verdict(set, request_of(user)), "allowed");
    Request stranger = request_of("arn:aws:iam::444455556666:user/alice");
    stranger.account = "444455556666";
    EXPECT_EQ(verdict(set, stranger), "denied resource");
}

TEST(Evaluate, KnowsVariablesOnlySinceTheirVersion) {
    const std::string body = R"("Statement":{"Effect":"Allow","Action":"*",
        "Resource":"arn:aws:rds-db:*:*:dbuser:*/${aws:username}"}})";
    Request request = request_of(user);
    request.context = {{"aws:username", {"alice"}}};
    const auto verdict_under = [&](const std::string& version) {
        return verdict({.identity = {{"p", *parse_lenient("{" + version + body)}}}, request);
    };
    EXPECT_EQ(verdict_under(R"("Version":"2012-10-17",)"), "allowed");
    EXPECT_EQ(verdict_under(R"("Version":"2008-10-17",)"), "lacks identity");
    EXPECT_EQ(verdict_under(""), "lacks identity");
}

}  // namespace

}  // namespace countersign::policy
