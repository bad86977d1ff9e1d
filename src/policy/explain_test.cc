#include "policy/explain.h"

#include <gtest/gtest.h>

#include "formats/json.h"
#include "policy/explanation_json.h"
#include "policy/test_policies.h"
#include "policy/why.h"

namespace countersign::policy {

namespace {

using testing::policy_of;

constexpr const char* arn = "arn:aws:rds-db:us-east-1:111122223333:dbuser:db-X/ada";

Request request_of(Context context = {}) {
    return {
        "arn:aws:iam::111122223333:user/ada", "111122223333", "rds-db:connect", arn, "", std::move(context)};
}

std::string allow(const std::string& rest) {
    return R"({"Effect":"Allow","Action":"rds-db:connect",)" + rest + "}";
}

std::string allow_if(const std::string& condition) {
    return allow(R"("Resource":"*","Condition":{)" + condition + "}");
}

const StatementTrail& first_statement(const Explanation& explanation) {
    return explanation.kinds.at(0).policies.at(0).statements.at(0);
}

Explanation explained(const std::string& statements, Context context = {}) {
    return explain({.identity = {policy_of(statements)}}, request_of(std::move(context)));
}

std::string why_of(const std::string& statements, Context context = {}) {
    const Request request = request_of(std::move(context));
    return why(explain({.identity = {policy_of(statements)}}, request), request);
}

TEST(Explain, SaysHowFarEachStatementCame) {
    PolicySet set;
    set.identity = {policy_of(R"({"Effect":"Deny","Action":"s3:*","Resource":"*"},)" +
                              allow(R"("Resource":"arn:x")") + "," + allow_if(R"("Bool":{"mfa":"true"})") +
                              "," + allow(R"("Resource":"*")"))};
    set.resource = {
        policy_of(R"({"Effect":"Deny","Action":"*","Principal":{"AWS":"444455556666"}})", Form::resource)};
    const Explanation explanation = explain(set, request_of());
    ASSERT_EQ(explanation.kinds.size(), 2U);
    EXPECT_EQ(explanation.kinds[0].policies[0].statements[0].outcome, Outcome::principal_differs);
    std::vector<Outcome> outcomes;
    for (const StatementTrail& statement : explanation.kinds[1].policies[0].statements)
        outcomes.push_back(statement.outcome);
    EXPECT_EQ(outcomes, (std::vector{Outcome::action_differs, Outcome::resource_differs,
                                     Outcome::condition_failed, Outcome::applies}));
    EXPECT_TRUE(explanation.decision.allowed());
    EXPECT_EQ(explanation.kinds[1].effect, Effect::allowed);
}

TEST(Explain, ShowsEveryConditionThatFails) {
    const Explanation explanation = explained(
        allow_if(
            R"("StringEqualsIfExists":{"Team":["${aws:PrincipalTag/Team}","x"]},"Bool":{"mfa":"true","tls":true},
                    "ForAnyValue:StringLike":{"groups":"a*"})"),
        {{"team", {"red"}}, {"aws:principaltag/team", {"blue"}}, {"tls", {"true"}}, {"groups", {"b", "c"}}});
    const StatementTrail& statement = first_statement(explanation);
    ASSERT_EQ(statement.failed.size(), 3U);
    EXPECT_EQ(statement.failed[0].operation, "StringEqualsIfExists");
    EXPECT_EQ(statement.failed[0].key, "Team");
    EXPECT_EQ(statement.failed[0].wanted, (std::vector<std::string>{"${aws:PrincipalTag/Team}", "x"}));
    EXPECT_EQ(statement.failed[0].meant, (std::vector<std::string>{"blue", "x"}));
    EXPECT_EQ(statement.failed[0].seen, (std::vector<std::string>{"red"}));
    EXPECT_TRUE(statement.failed[1].missing);
    EXPECT_EQ(statement.failed[2].operation, "ForAnyValue:StringLike");
    EXPECT_EQ(statement.failed[2].seen, (std::vector<std::string>{"b", "c"}));
    ASSERT_EQ(statement.held.size(), 1U);
    EXPECT_EQ(statement.held[0].key, "tls");
    EXPECT_EQ(statement.held[0].seen, (std::vector<std::string>{"true"}));
    EXPECT_EQ(explanation.missing_keys, (std::vector<std::string>{"mfa"}));
}

TEST(Explain, FindsEveryListOfPolicies) {
    PolicySet set{.identity = {{"gone", nullptr}}};
    set.boundary.emplace();
    set.session.emplace();
    set.guardrails = std::vector<std::vector<Policy>>{{}, {policy_of(allow(R"("Resource":"*")"))}};
    const Explanation explanation = explain(set, request_of());
    ASSERT_EQ(explanation.kinds.size(), 5U);
    EXPECT_EQ(explanation.kinds[0].kind, Kind::guardrail);
    EXPECT_EQ(explanation.kinds[1].level, 2U);
    EXPECT_EQ(explanation.kinds[1].effect, Effect::allowed);
    EXPECT_EQ(explanation.kinds[2].kind, Kind::identity);
    EXPECT_FALSE(explanation.kinds[2].policies[0].readable);
    EXPECT_EQ(explanation.kinds[2].effect, Effect::explicit_deny);
    EXPECT_EQ(explanation.kinds[3].kind, Kind::boundary);
    EXPECT_EQ(explanation.kinds[4].kind, Kind::session);
    set.guardrails = std::vector<std::vector<Policy>>();
    EXPECT_EQ(explain(set, request_of()).kinds[0].effect, Effect::implicit_deny);
}

TEST(Explain, FindsTheKeysThatAreMissing) {
    const auto missing = [](const std::string& statements) { return explained(statements).missing_keys; };
    using Keys = std::vector<std::string>;
    EXPECT_EQ(missing(allow_if(R"("StringEquals":{"aws:A":"${aws:B}","AWS:a":"${aws:C, 'c'}"})")),
              (Keys{"aws:A", "aws:B"}));
    EXPECT_EQ(missing(allow(R"("Resource":"arn:aws:rds-db:*:*:dbuser:*/${saml:sub}")")), Keys{"saml:sub"});
    EXPECT_EQ(
        missing(R"({"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"Bool":{"mfa":"true"}}})"),
        Keys{});
    EXPECT_EQ(missing(allow(R"("Resource":"arn:aws:s3:::x","Condition":{"Bool":{"mfa":"true"}})")), Keys{});
}

TEST(Explain, ListsTheKeysOfADocument) {
    const auto keys = [](const std::string& version) {
        const auto document = parse_lenient(R"({"Version":")" + version + R"(","Statement":[
            {"Effect":"Deny","Action":"*","NotResource":"arn:aws:s3:::x/${aws:UserName}"},
            {"Effect":"Allow","Action":"*","Resource":"*","Condition":{
                "StringLike":{"s3:prefix":["${aws:PrincipalTag/A, 'none'}","${*}"]},"Bool":{"S3:Prefix":"true"}}}]})");
        return context_keys(**document);
    };
    using Keys = std::vector<std::string>;
    EXPECT_EQ(keys("2012-10-17"), (Keys{"aws:UserName", "s3:prefix", "aws:PrincipalTag/A"}));
    EXPECT_EQ(keys("2008-10-17"), Keys{"s3:prefix"});
}

TEST(Why, NamesTheStatementThatDecided) {
    EXPECT_EQ(why_of(allow(R"("Sid":"In","Resource":"*")")), "statement 1 (In) of p, line 1, allows it");
    EXPECT_EQ(why_of(allow(R"("Resource":"*")") + R"(,{"Effect":"Deny","Action":"*","Resource":"*"})"),
              "statement 2 of p, line 1, denies it");
    const Request request = request_of();
    EXPECT_EQ(why(explain({.identity = {{"lost", nullptr}}}, request), request),
              "lost cannot be read, and so denies");
}

TEST(Why, NamesTheConditionThatStoodInTheWay) {
    const std::string begin = "statement 1 of p, line 1, would allow it, but ";
    EXPECT_EQ(
        why_of(allow_if(R"("IpAddress":{"aws:SourceIp":"10.0.0.0/8"})"), {{"aws:sourceip", {"192.168.1.4"}}}),
        begin + "aws:SourceIp must be in 10.0.0.0/8; it is 192.168.1.4");
    EXPECT_EQ(why_of(allow_if(R"("IpAddress":{"aws:SourceIp":["10.0.0.0/8","::1"]})")),
              begin + "aws:SourceIp must be in 10.0.0.0/8 or ::1; it is absent");
    EXPECT_EQ(why_of(allow_if(R"("StringNotEquals":{"k":["a","b","c","d","e"]})"), {{"k", {"a"}}}),
              begin + "k must not be a, b, c or 2 more; it is a");
    EXPECT_EQ(why_of(allow_if(R"("StringEquals":{"k":"${t}"})"), {{"k", {""}}, {"t", {"red\n"}}}),
              begin + "k must be ${t} (red\\x0A); it is \"\"");
    EXPECT_EQ(why_of(allow_if(R"("Null":{"k":"true"})"), {{"k", {"a"}}}),
              begin + "k must be absent; it is a");
    EXPECT_EQ(why_of(allow_if(R"("Null":{"k":"false"})")), begin + "k must be there; it is absent");
    EXPECT_EQ(why_of(allow_if(R"("Bool":{"a":"true","b":"true"})")),
              begin + "a must be true; it is absent; 1 more of its conditions fail");
}

TEST(Why, SaysWhatAnOperatorAsksInWords) {
    const auto demand = [](const std::string& operation, const std::string& value) {
        return condition_words({operation, "k", {value}, {value}, {}, true});
    };
    EXPECT_EQ(demand("StringLike", "a*"), "k must be like a*; it is absent");
    EXPECT_EQ(demand("ArnNotEquals", "a"), "k must not be like a; it is absent");
    EXPECT_EQ(demand("NotIpAddress", "::/0"), "k must not be in ::/0; it is absent");
    EXPECT_EQ(demand("NumericLessThanEquals", "9"), "k must be at most 9; it is absent");
    EXPECT_EQ(demand("DateLessThan", "2026"), "k must be before 2026; it is absent");
    EXPECT_EQ(demand("StringNotEqualsIgnoreCase", "x"), "k must not be (in any case) x; it is absent");
    EXPECT_EQ(demand("ForAnyValue:StringEquals", "x"), "one value of k must be x; it is absent");
    EXPECT_EQ(condition_words({"Bool", "k", {"true"}, {"true"}, {}, true, "nobody sets it"}),
              "k must be true; it is absent: nobody sets it");
}

TEST(Why, NamesTheLineInTheDocument) {
    EXPECT_EQ(why_of("\n\n" + allow(R"("Resource":"arn:aws:s3:::x")") + ",\n\n" + allow(R"("Resource":"*")")),
              "statement 2 of p, line 5, allows it");
}

TEST(Why, PrefersTheStatementThatCameFurthest) {
    const std::string other_resource = allow(R"("Resource":"arn:aws:s3:::x")");
    const std::string near_resource = allow(R"("Resource":"arn:aws:rds-db:*:*:dbuser:*/bob")");
    const std::string conditional = allow_if(R"("Bool":{"a":"true"})");
    EXPECT_EQ(why_of(other_resource + "," + near_resource),
              std::string("statement 2 of p, line 1, would allow it, but it speaks of "
                          "arn:aws:rds-db:*:*:dbuser:*/bob, not of ") +
                  arn);
    EXPECT_TRUE(why_of(near_resource + "," + conditional + "," + other_resource).starts_with("statement 2 "));
    EXPECT_TRUE(why_of(allow_if(R"("Bool":{"a":"true","b":"true"})") + "," + conditional)
                    .starts_with("statement 2 "));
    EXPECT_EQ(
        why_of(allow(R"("NotResource":"*")")),
        std::string("statement 1 of p, line 1, would allow it, but it speaks of all but *, not of ") + arn);
    EXPECT_EQ(
        why_of(allow(R"("Resource":"arn:aws:rds-db:*:*:dbuser:*/${aws:PrincipalTag/DbUser}")")),
        "statement 1 of p, line 1, would allow it, but its resource needs aws:PrincipalTag/DbUser, which the "
        "request does not "
        "have");
    EXPECT_EQ(why_of(R"({"Effect":"Allow","Action":"s3:*","Resource":"*"})"),
              "no identity-based policy allows rds-db:connect");
    EXPECT_EQ(why_of(R"({"Effect":"Deny","Action":"rds-db:*","Resource":"arn:aws:s3:::x"})"),
              "no identity-based policy allows rds-db:connect");
}

TEST(Why, NamesThePoliciesThatRefuse) {
    const Policy all = policy_of(allow(R"("Resource":"*")"));
    const Policy other = policy_of(allow(R"("Resource":"arn:aws:s3:::x")"));
    const auto why_in = [](const PolicySet& set) { return why(explain(set, request_of()), request_of()); };
    const std::string near =
        std::string("statement 1 of p, line 1, would allow it, but it speaks of arn:aws:s3:::x, not of ") +
        arn;
    EXPECT_EQ(why_in({}), "no identity-based policy allows rds-db:connect");
    EXPECT_EQ(why_in({.identity = {all}, .boundary = {{other}}}),
              "no permissions boundary allows rds-db:connect: " + near);
    EXPECT_EQ(why_in({.identity = {all}, .guardrails = {{{all}, {other}}}}),
              "no service control policy of level 2 allows rds-db:connect: " + near);
    Request assumes = request_of();
    assumes.action = "sts:AssumeRole";
    const PolicySet trust{
        .resource = {policy_of(R"({"Effect":"Allow","Action":"sts:*","Principal":{"AWS":"444455556666"}})",
                               Form::resource)}};
    EXPECT_EQ(why(explain(trust, assumes), assumes),
              "no role trust policy allows sts:AssumeRole: statement 1 of p, line 1, would allow it, but it "
              "speaks of 444455556666, not of arn:aws:iam::111122223333:user/ada");
    assumes.principal_id = "AIDANEW";
    const PolicySet bound{
        .resource = {
            policy_of(R"({"Effect":"Allow","Action":"sts:*","Principal":{"AWS":"AIDAOLD"}})", Form::bound)}};
    EXPECT_EQ(why(explain(bound, assumes), assumes),
              "no role trust policy allows sts:AssumeRole: statement 1 of p, line 1, would allow it, but it "
              "speaks of AIDAOLD, not of arn:aws:iam::111122223333:user/ada (AIDANEW)");
}

TEST(Why, KeepsWhatComesFromOutsideShortAndHarmless) {
    const std::string told =
        why_of(allow_if(R"("StringEquals":{"k":"a"})"), {{"k", {"\x1b" + std::string(500, 'x')}}});
    EXPECT_EQ(told.find('\x1b'), std::string::npos);
    EXPECT_LT(told.size(), 300U);
    EXPECT_TRUE(told.ends_with("xx…"));
}

TEST(ExplanationJson, HoldsTheTrail) {
    const Explanation explanation = explained(
        R"({"Sid":"No","Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"mfa":"false"}}})",
        {{"mfa", {"true"}}});
    EXPECT_EQ(
        formats::json::serialize(to_json(explanation)),
        R"({"decision":"implicitDeny","by":null,"kinds":[{"kind":"identity","effect":"implicitDeny",)"
        R"("policies":[{"policy":"p","readable":true,"statements":[{"statement":1,"sid":"No","effect":"Deny",)"
        R"("outcome":"conditionFailed","failed":[{"operator":"Bool","key":"mfa","wanted":["false"],)"
        R"("seen":["true"],"words":"mfa must be false; it is true"}],"line":1,"start":{"line":1,"column":38},"end":{"line":1,"column":131}}]}]}],)"
        R"("missingContextValues":[]})");
}

}  // namespace

}  // namespace countersign::policy
