#include "formats/json.h"
#include "login/verdict.h"
#include "model/rds.h"
#include "services/iam/api_fixture.h"
#include "sigv4/token.h"

namespace countersign::iam {

constexpr const char* connect_arn = "arn:aws:rds-db:us-east-1:123456789012:dbuser:cluster-R/jane";
constexpr const char* jane_arn = "arn:aws:iam::123456789012:user/jane";

class Simulate : public ApiTest {
protected:
    Simulate() {
        model::DBCluster cluster;
        cluster.id = "c1";
        cluster.account = account;
        cluster.region = "us-east-1";
        cluster.server.resource_id = "cluster-R";
        cluster.tags = {{"Env", "test"}};
        put_record(model::keys::cluster(account, "us-east-1", "c1"), cluster);
        done("CreateUser",
             {{"UserName", "jane"}, {"Tags.member.1.Key", "Team"}, {"Tags.member.1.Value", "db"}});
        add_key("AKIAJANEJANEJANEJANE", "jane");
    }

    static std::string policy_of(const std::string& statement) {
        return R"({"Version":"2012-10-17","Statement":[)" + statement + "]}";
    }
    static std::string allow(const std::string& condition = "{}", const std::string& resource = "*") {
        return R"({"Effect":"Allow","Action":"rds-db:connect","Resource":")" + resource +
               R"(","Condition":)" + condition + "}";
    }
    void give(const std::string& statement) {
        done("PutUserPolicy",
             {{"UserName", "jane"}, {"PolicyName", "p"}, {"PolicyDocument", policy_of(statement)}});
    }
    Answer simulate_jane(const std::string& resource = connect_arn, Parameters more = {}) {
        more.insert({{"PolicySourceArn", jane_arn},
                     {"ActionNames.member.1", "rds-db:connect"},
                     {"ResourceArns.member.1", resource}});
        return done("SimulatePrincipalPolicy", more);
    }
    static std::string decision(const Answer& answer) { return answer.text("//EvalDecision"); }

    // Whether a real login of jane is let in.
    bool logs_in() {
        access::Principals principals(*store_, sealing_);
        const auto holder = principals.find("AKIAJANEJANEJANEJANE", "");
        EXPECT_TRUE(holder && *holder);
        auto principal = std::make_shared<login::Principal>();
        principal->arn = (*holder)->principal->arn;
        principal->account = (*holder)->principal->account;
        principal->policies = (*holder)->principal->policies;
        principal->context = (*holder)->principal->context;
        login::LoginRecord record;
        record.active = true;
        record.scope = {formats::basic_date(clock_.now()), "us-east-1", "rds-db"};
        record.signing_key = sigv4::derive_key(Secret(secret), record.scope);
        record.principal = principal;
        const std::string token =
            sigv4::make_token({"localhost", 5432, "us-east-1", "jane"},
                              {"AKIAJANEJANEJANEJANE", Secret(secret), ""}, clock_.now());
        const login::Server server{"cluster-R", "us-east-1",           account,
                                   true,        {{"localhost", 5432}}, {{"Env", "test"}}};
        const login::Attempt attempt{login::Transport::tls, login::Membership::member, "jane", "10.0.0.1",
                                     login::SentToken(token)};
        const login::Verdict verdict = login::judge(attempt, server, {&record}, clock_.now());
        EXPECT_TRUE(verdict.allowed() || verdict.failed() == login::Check::policy) << verdict.reason();
        return verdict.allowed();
    }
};

TEST_F(Simulate, SaysOfConnectWhatTheLoginDoes) {
    const std::vector<std::pair<std::string, bool>> cases = {
        {allow(), true},
        {allow("{}", connect_arn), true},
        {allow("{}", "arn:aws:rds-db:us-east-1:123456789012:dbuser:cluster-R/bob"), false},
        {allow("{}", "arn:aws:rds-db:us-east-1:123456789012:dbuser:*/${aws:username}"), true},
        {allow(R"({"StringEquals":{"aws:ResourceTag/Env":"test"}})"), true},
        {allow(R"({"StringEquals":{"aws:ResourceTag/Env":"prod"}})"), false},
        {allow(R"({"StringEquals":{"aws:PrincipalTag/team":"db"}})"), true},
        {allow(R"({"StringEquals":{"aws:RequestedRegion":"us-east-1"}})"), true},
        {allow(R"({"StringEquals":{"aws:ResourceAccount":"${aws:PrincipalAccount}"}})"), true},
        {allow(R"({"Bool":{"aws:SecureTransport":"true"}})"), true},
        {allow(R"({"DateLessThan":{"aws:CurrentTime":"2026-06-01T00:00:00Z"}})"), true},
        {allow(R"({"DateGreaterThan":{"aws:CurrentTime":"2026-06-01T00:00:00Z"}})"), false},
        {allow(R"({"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}})"), false},
        {allow(R"({"Bool":{"aws:MultiFactorAuthPresent":"true"}})"), false},
        {allow() + R"(,{"Effect":"Deny","Action":"rds-db:*","Resource":"*"})", false},
    };
    for (const auto& [statement, allowed] : cases) {
        give(statement);
        EXPECT_EQ(logs_in(), allowed) << statement;
        EXPECT_EQ(decision(simulate_jane()) == "allowed", allowed) << statement;
    }
}

TEST_F(Simulate, NamesTheStatementsThatDecide) {
    give(allow() + R"(,{"Effect":"Deny","Action":"rds-db:*","Resource":"*"})");
    const Answer answer = simulate_jane();
    EXPECT_EQ(decision(answer), "explicitDeny");
    EXPECT_EQ(answer.text("//EvalActionName"), "rds-db:connect");
    EXPECT_EQ(answer.count("//EvaluationResults/member/MatchedStatements/member"), 1U);
    EXPECT_EQ(answer.text("//SourcePolicyId"), "user_jane_p");
    EXPECT_EQ(answer.text("//SourcePolicyType"), "IAM Policy");
    EXPECT_EQ(answer.text("//StartPosition/Line"), "1");
    EXPECT_GT(std::stoi(answer.text("//EndPosition/Column")),
              std::stoi(answer.text("//StartPosition/Column")));
    EXPECT_EQ(answer.text("//ResourceSpecificResults/member/EvalResourceName"), connect_arn);
    EXPECT_EQ(answer.text("//EvalResourceDecision"), "explicitDeny");
    EXPECT_EQ(answer.text("//AllowedByOrganizations"), "true");
}

TEST_F(Simulate, NamesMissingKeysAndTakesThem) {
    give(allow(R"({"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}})"));
    const Answer answer = simulate_jane();
    EXPECT_EQ(decision(answer), "implicitDeny");
    EXPECT_EQ(answer.text("//MissingContextValues/member"), "aws:SourceIp");
    const Answer given =
        simulate_jane(connect_arn, {{"ContextEntries.member.1.ContextKeyName", "aws:sourceip"},
                                    {"ContextEntries.member.1.ContextKeyType", "ip"},
                                    {"ContextEntries.member.1.ContextKeyValues.member.1", "10.1.2.3"}});
    EXPECT_EQ(decision(given), "allowed");
    EXPECT_EQ(given.count("//MissingContextValues/member"), 0U);
    EXPECT_EQ(done("GetContextKeysForPrincipalPolicy", {{"PolicySourceArn", jane_arn}})
                  .texts("//ContextKeyNames/member"),
              std::vector<std::string>{"aws:SourceIp"});
}

TEST_F(Simulate, CountsGuardrailsAndBoundaries) {
    give(allow());
    model::Guardrail guardrail;
    guardrail.name = "none";
    guardrail.document = policy_of(R"({"Effect":"Deny","Action":"rds-db:*","Resource":"*"})");
    put_record(model::keys::guardrail(account, "none"), guardrail);
    const Answer answer = simulate_jane();
    EXPECT_EQ(decision(answer), "explicitDeny");
    EXPECT_EQ(answer.text("//AllowedByOrganizations"), "false");
    EXPECT_EQ(answer.count("//MatchedStatements/member"), 0U);
    EXPECT_FALSE(logs_in());

    put_record(model::keys::guardrail(account, "none"), model::unrestricted({}));
    const Answer bound =
        simulate_jane(connect_arn, {{"PermissionsBoundaryPolicyInputList.member.1",
                                     policy_of(R"({"Effect":"Allow","Action":"s3:*","Resource":"*"})")}});
    EXPECT_EQ(decision(bound), "implicitDeny");
    EXPECT_EQ(bound.text("//AllowedByPermissionsBoundary"), "false");
}

TEST_F(Simulate, NamesWhatABoundaryDenies) {
    give(allow());
    const auto types = [&](const std::string& boundary) {
        return simulate_jane(connect_arn,
                             {{"PermissionsBoundaryPolicyInputList.member.1", policy_of(boundary)}})
            .texts("//EvaluationResults/member/MatchedStatements/member/SourcePolicyType");
    };
    const std::string everything = R"({"Effect":"Allow","Action":"*","Resource":"*"})";
    EXPECT_EQ(types(everything), std::vector<std::string>{"IAM Policy"});
    EXPECT_EQ(types(everything + R"(,{"Effect":"Deny","Action":"rds-db:*","Resource":"*"})"),
              (std::vector<std::string>{"IAM Policy", "Permissions Boundary Policy"}));
}

TEST_F(Simulate, HasAPlaceForDetailsWhereThereAreNone) {
    const Answer answer = simulate_jane();
    EXPECT_EQ(answer.count("//EvaluationResults/member/EvalDecisionDetails"), 1U);
    EXPECT_EQ(answer.count("//ResourceSpecificResults/member/EvalDecisionDetails"), 0U);
}

TEST_F(Simulate, AddsThePoliciesOfTheRequest) {
    EXPECT_EQ(decision(simulate_jane()), "implicitDeny");
    const Answer answer = simulate_jane(connect_arn, {{"PolicyInputList.member.1", policy_of(allow())}});
    EXPECT_EQ(decision(answer), "allowed");
    EXPECT_EQ(answer.text("//SourcePolicyId"), "PolicyInputList.1");
    EXPECT_EQ(decision(simulate_jane("arn:aws:rds-db:us-east-1:210987654321:dbuser:cluster-R/jane",
                                     {{"PolicyInputList.member.1", policy_of(allow())}})),
              "implicitDeny");
}

TEST_F(Simulate, KnowsUsersGroupsAndRolesOfTheAccount) {
    const auto refusal = [&](const std::string& arn) {
        return refused("SimulatePrincipalPolicy",
                       {{"PolicySourceArn", arn}, {"ActionNames.member.1", "rds-db:connect"}});
    };
    for (const char* arn : {"arn:aws:iam::123456789012:user/none", "arn:aws:iam::123456789012:role/none"})
        EXPECT_EQ(refusal(arn), "NoSuchEntity: Unable to retrieve specified IAM entity.");
    EXPECT_EQ(
        refusal("arn:aws:iam::123456789012:root"),
        "InvalidInput: Invalid Entity Arn: arn:aws:iam::123456789012:root does not clearly define entity "
        "type and name.");
    EXPECT_EQ(refusal("arn:aws:iam::210987654321:user/jane").substr(0, 12), "AccessDenied");

    model::Group group;
    group.name = "g";
    group.path = "/";
    group.inline_policies["p"] = policy_of(allow());
    put_record(model::keys::group(account, "g"), group);
    const Answer answer =
        done("SimulatePrincipalPolicy", {{"PolicySourceArn", "arn:aws:iam::123456789012:group/g"},
                                         {"ActionNames.member.1", "rds-db:connect"}});
    EXPECT_EQ(decision(answer), "allowed");
    EXPECT_EQ(answer.text("//SourcePolicyId"), "group_g_p");
    EXPECT_EQ(answer.text("//EvalResourceName"), "*");
    EXPECT_EQ(answer.count("//ResourceSpecificResults/member"), 0U);
}

TEST_F(Simulate, GivesPages) {
    Parameters many = {{"PolicyInputList.member.1", policy_of(allow())}, {"MaxItems", "3"}};
    for (const char* number : {"1", "2"}) {
        many["ActionNames.member." + std::string(number)] = "s3:Action" + std::string(number);
        many["ResourceArns.member." + std::string(number)] = "arn:aws:s3:::b" + std::string(number);
    }
    EXPECT_EQ(listed("SimulateCustomPolicy", many, "//EvaluationResults/member/EvalResourceName"),
              (std::vector<std::string>{"arn:aws:s3:::b1", "arn:aws:s3:::b2", "arn:aws:s3:::b1",
                                        "arn:aws:s3:::b2"}));
}

TEST_F(Simulate, TakesResourcePoliciesAndLevelsOfGuardrails) {
    const std::string trust =
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":")" +
        std::string(jane_arn) + R"("},"Action":"s3:GetObject","Resource":"*"}]})";
    Parameters parameters = {{"PolicyInputList.member.1", policy_of(allow())},
                             {"ActionNames.member.1", "s3:GetObject"},
                             {"ResourceArns.member.1", "arn:aws:s3:::b/o"},
                             {"ResourcePolicy", trust}};
    EXPECT_EQ(refused("SimulateCustomPolicy", parameters),
              "InvalidInput: CallerArn is required when a resource policy is simulated.");
    parameters["CallerArn"] = jane_arn;
    const Answer within = done("SimulateCustomPolicy", parameters);
    EXPECT_EQ(decision(within), "allowed");
    EXPECT_EQ(within.text("//SourcePolicyId"), "ResourcePolicy");
    parameters["ResourceOwner"] = "arn:aws:iam::210987654321:root";
    const Answer across = done("SimulateCustomPolicy", parameters);
    EXPECT_EQ(decision(across), "implicitDeny");
    EXPECT_EQ(across.text("//EvalDecisionDetails/entry[key='Resource Policy']/value"), "allowed");
    EXPECT_EQ(across.text("//EvalDecisionDetails/entry[key='IAM Policy']/value"), "implicitDeny");

    const Answer guarded =
        done("SimulateCustomPolicy",
             {{"PolicyInputList.member.1", policy_of(allow())},
              {"ActionNames.member.1", "rds-db:connect"},
              {"OrderedOrganizationPolicyInputList.member.1.ServiceControlPolicyInputList.member.1",
               policy_of(R"({"Effect":"Allow","Action":"s3:*","Resource":"*"})")}});
    EXPECT_EQ(decision(guarded), "implicitDeny");
    EXPECT_EQ(guarded.text("//AllowedByOrganizations"), "false");
}

TEST_F(Simulate, RefusesWhatCannotBeRead) {
    EXPECT_EQ(refused("SimulateCustomPolicy",
                      {{"PolicyInputList.member.1", "{"}, {"ActionNames.member.1", "s3:GetObject"}})
                  .substr(0, 31),
              "InvalidInput: PolicyInputList.1");
    EXPECT_EQ(refused("SimulateCustomPolicy", {{"PolicyInputList.member.1", policy_of(allow())},
                                               {"ActionNames.member.1", "connect"}}),
              "InvalidInput: Invalid action name: connect");
    EXPECT_EQ(done("GetContextKeysForCustomPolicy",
                   {{"PolicyInputList.member.1", policy_of(allow("{}", "arn:aws:s3:::${aws:username}"))}})
                  .texts("//ContextKeyNames/member"),
              std::vector<std::string>{"aws:username"});
}

}  // namespace countersign::iam
