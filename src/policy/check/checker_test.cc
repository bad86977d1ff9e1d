#include "policy/check/checker.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "policy/policy.h"

namespace countersign::policy {
namespace {

CheckFacts known_facts() {
    CheckFacts facts;
    facts.actions = [](std::string_view service) -> std::vector<std::string> {
        if (service == "rds-db") return {"connect"};
        if (service == "iam") return {"GetUser", "PassRole", "ListUsers"};
        return {};
    };
    facts.account = "111122223333";
    facts.databases = {{"orders", "cluster-ABCDEFGHIJKLMNOPQRSTUVWXYZ", "us-east-1", "111122223333"},
                       {"ledger", "db-ABCDEFGHIJKLMNOPQRSTUVWXYZ", "us-east-1", "111122223333"}};
    facts.lacks_user = [](const KnownDatabase& database, const std::string& user) {
        return user == "nobody" || (database.name == "ledger" && user == "jane");
    };
    return facts;
}

std::vector<std::string> codes_of(std::string_view text, CheckedType type = CheckedType::identity) {
    std::vector<std::string> codes;
    for (const Finding& finding : check_policy(text, type, known_facts())) codes.push_back(finding.code);
    return codes;
}

std::string with(std::string_view members) {
    return R"({"Version":"2012-10-17","Statement":{)" + std::string(members) + "}}";
}

std::string on(std::string_view resource) {
    return with(R"("Effect":"Allow","Action":"rds-db:connect","Resource":")" + std::string(resource) + '"');
}

using Codes = std::vector<std::string>;

TEST(PolicyCheck, SaysNothingOfAPolicyThatIsRight) {
    EXPECT_EQ(
        codes_of(on("arn:aws:rds-db:us-east-1:111122223333:dbuser:cluster-ABCDEFGHIJKLMNOPQRSTUVWXYZ/jane")),
        Codes{});
    EXPECT_EQ(codes_of(on("arn:aws:rds-db:*:111122223333:dbuser:*/${aws:username}")), Codes{});
    EXPECT_EQ(
        codes_of(on("arn:aws:rds-db:us-east-1:444455556666:dbuser:db-ZZZZZZZZZZZZZZZZZZZZZZZZZZ/nobody")),
        Codes{});
    EXPECT_EQ(codes_of(with(R"("Effect":"Allow","Action":["iam:Get*","s3:Foo","*"],"Resource":"*")")),
              Codes{});
    EXPECT_EQ(
        codes_of(with(R"("Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"111122223333"})"),
                 CheckedType::trust),
        Codes{});
}

TEST(PolicyCheck, KnowsTheDatabases) {
    const std::string arn = "arn:aws:rds-db:us-east-1:111122223333:dbuser:";
    EXPECT_EQ(codes_of(on(arn + "orders/jane")), Codes{"DATABASE_NAME_IN_ARN"});
    EXPECT_EQ(codes_of(on(arn + "cluster-ABCDEFGHIJKLMNOPQRSTUVWXYY/jane")), Codes{"NO_SUCH_DATABASE"});
    EXPECT_EQ(codes_of(on(arn + "cluster-ABCDEFGHIJKLMNOPQRSTUVWXYZ/nobody")),
              Codes{"NO_SUCH_DATABASE_USER"});
    EXPECT_EQ(codes_of(on(arn + "*/nobody")), Codes{"NO_SUCH_DATABASE_USER"});
    EXPECT_EQ(codes_of(on(arn + "*/jane")), Codes{});
    EXPECT_EQ(codes_of(on(arn + "whatever/jane")), Codes{"INVALID_ARN_RESOURCE"});
    EXPECT_EQ(codes_of(on(arn + "cluster-ABCDEFGHIJKLMNOPQRSTUVWXYZ:jane")), Codes{"INVALID_ARN_RESOURCE"});
    EXPECT_EQ(codes_of(on("arn:aws:rds-db::111122223333:dbuser:*/jane")), Codes{"MISSING_ARN_REGION"});
}

TEST(PolicyCheck, NamesTheNearestAction) {
    const auto findings = check_policy(with(R"("Effect":"Allow","Action":"rds-db:conect","Resource":"*")"),
                                       CheckedType::identity, known_facts());
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].details, "The action rds-db:conect does not exist. Did you mean rds-db:connect?");
    EXPECT_EQ(findings[0].type, FindingType::error);
    EXPECT_EQ(findings[0].link,
              "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html"
              "#access-analyzer-reference-policy-checks-error-invalid-action");
    const auto service = check_policy(with(R"("Effect":"Allow","Action":"rdsdb:connect","Resource":"*")"),
                                      CheckedType::identity, known_facts());
    ASSERT_EQ(service.size(), 1U);
    EXPECT_EQ(service[0].details,
              "The service rdsdb specified in the action does not exist. Did you mean rds-db?");
}

TEST(PolicyCheck, EndsWhereItHasFoundEnough) {
    std::string actions = "0";
    for (int i = 0; i < 10'000; ++i) actions += ",0";
    const auto findings = check_policy(with(R"("Effect":"Allow","Resource":"*","Action":[)" + actions + "]"),
                                       CheckedType::identity, known_facts());
    EXPECT_EQ(findings.size(), 500U);
}

TEST(PolicyCheck, SaysWhere) {
    const std::string text =
        "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [{\n    \"Sid\": \"\xC3\xBC\",\n    \"Effect\": "
        "\"Allow\",\n"
        "    \"Action\": [\"rds-db:connect\", \"iam:GetUsr\"],\n    \"Resource\": \"*\"\n  }]\n}\n";
    const auto findings = check_policy(text, CheckedType::identity, known_facts());
    ASSERT_EQ(findings.size(), 2U);
    EXPECT_EQ(findings[0].code, "UNSUPPORTED_SID");
    EXPECT_EQ(findings[0].places[0].extent, (Extent{{4, 11, 58}, {4, 14, 61}}));
    EXPECT_EQ(findings[1].code, "INVALID_ACTION");
    const FindingPlace& place = findings[1].places[0];
    using Kind = PathStep::Kind;
    EXPECT_EQ(place.path, (std::vector<PathStep>{{Kind::value, "Statement"},
                                                 {Kind::index, "", 0},
                                                 {Kind::value, "Action"},
                                                 {Kind::index, "", 1}}));
    EXPECT_EQ(place.extent.start.line, 6U);
    EXPECT_EQ(place.extent.start.column, 33U);
    EXPECT_EQ(place.extent.end.column, 45U);
}

TEST(PolicyCheck, KnowsTheGrammarOfEveryElement) {
    const std::string good = R"("Effect":"Allow","Action":"iam:GetUser","Resource":"*")";
    const std::vector<std::pair<std::string, Codes>> identity{
        {"", {"JSON_SYNTAX_ERROR"}},
        {R"({"Version":"2012-10-17",})", {"JSON_SYNTAX_ERROR"}},
        {"[]", {"DATA_TYPE_MISMATCH"}},
        {R"({"Version":"2012-10-17"})", {"MISSING_STATEMENT"}},
        {R"({"Version":"2012-10-18","Statement":{)" + good + "}}", {"INVALID_VERSION"}},
        {with(good + R"(,"Resources":"*")"), {"INVALID_POLICY_ELEMENT"}},
        {with(good + R"(,"NotAction":"iam:*")"), {"UNSUPPORTED_ELEMENT_COMBINATION"}},
        {with(good + R"(,"Principal":"*")"), {"UNSUPPORTED_PRINCIPAL"}},
        {with(good + R"(,"Sid":1)"), {"DATA_TYPE_MISMATCH"}},
        {with(R"("Effect":"allow","Action":"iam:GetUser","Resource":"*")"), {"INVALID_EFFECT"}},
        {with(R"("Action":"iam:GetUser","Resource":"*")"), {"MISSING_EFFECT"}},
        {with(R"("Effect":"Allow","Resource":"*")"), {"MISSING_ACTION"}},
        {with(R"("Effect":"Allow","Action":"iam:GetUser")"), {"MISSING_RESOURCE"}},
        {with(R"("Effect":"Allow","Action":"GetUser","Resource":"*")"), {"REFUSED_BY_IAM"}},
        {with(R"("Effect":"Allow","Action":"iam:GetUser","Resource":"user/x")"), {"INVALID_ARN_PREFIX"}},
        {with(R"("Effect":"Allow","Action":"iam:GetUser","Resource":"arn:aws:iam")"), {"MISSING_ARN_FIELD"}},
        {with(R"("Effect":"Allow","Action":"iam:GetUser","Resource":"arn:aws:iam:eu-west-1:1:user/x")"),
         {"ARN_REGION_NOT_ALLOWED"}},
        {with(good + R"(,"Condition":{"StringSame":{"aws:username":"x"}})"), {"INVALID_CONDITION_OPERATOR"}},
        {with(good + R"(,"Condition":{"ForAnyValue:StringLikeIfExists":{"aws:username":"x*"}})"), {}},
        {with(good + R"(,"Condition":{"NullIfExists":{"aws:username":"true"}})"), {"NULL_WITH_IF_EXISTS"}},
        {with(good + R"(,"Condition":{"StringEquals":{"username":"x"}})"), {"INVALID_CONDITION_KEY_FORMAT"}},
        {with(good + R"(,"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/33"}})"),
         {"TYPE_MISMATCH_IP_RANGE"}},
        {with(good + R"(,"Condition":{"Bool":{"aws:SecureTransport":"yes"}})"), {"TYPE_MISMATCH_BOOLEAN"}},
        {with(good + R"(,"Condition":{"NumericLessThan":{"aws:MultiFactorAuthAge":"soon"}})"),
         {"TYPE_MISMATCH_NUMBER"}},
        {with(good + R"(,"Condition":{"StringEquals":{"aws:username":"j*"}})"),
         {"WILDCARD_WITHOUT_LIKE_OPERATOR"}},
        {with(good + R"(,"Condition":{})"), {"EMPTY_OBJECT_CONDITION"}},
    };
    for (const auto& [text, codes] : identity) EXPECT_EQ(codes_of(text), codes) << text;
    const std::vector<std::pair<std::string, Codes>> trust{
        {with(R"("Effect":"Allow","Action":"sts:AssumeRole")"), {"MISSING_PRINCIPAL"}},
        {with(R"("Effect":"Allow","Action":"sts:AssumeRole","Principal":"me")"),
         {"INVALID_PRINCIPAL_FORMAT"}},
        {with(R"("Effect":"Allow","Action":"sts:AssumeRole","Principal":{"User":"me"})"),
         {"INVALID_PRINCIPAL_KEY"}},
        {with(R"("Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"*"})"),
         {"UNSUPPORTED_WILDCARD_IN_PRINCIPAL"}},
        {with(R"("Effect":"Allow","Action":"sts:AssumeRole","Principal":"*")"), {"REFUSED_BY_IAM"}},
    };
    for (const auto& [text, codes] : trust) EXPECT_EQ(codes_of(text, CheckedType::trust), codes) << text;
}

// Whatever IAM refuses has a finding of type ERROR; one that it accepts may have one as well.
TEST(PolicyCheck, FindsAnErrorInWhateverIsRefused) {
    const std::string document =
        with(R"("Effect":"Allow","Action":"iam:GetUser","Resource":"arn:aws:iam::111122223333:user/x",)"
             R"("Condition":{"Bool":{"aws:SecureTransport":true}})");
    for (std::size_t at = 0; at < document.size(); ++at)
        for (const char* by : {"", "x", "\"", "{"}) {
            std::string spoilt = document;
            spoilt.replace(at, 1, by);
            const auto findings = check_policy(spoilt, CheckedType::identity, known_facts());
            const bool error =
                std::ranges::find(findings, FindingType::error, &Finding::type) != findings.end();
            EXPECT_TRUE(error || parse(spoilt)) << spoilt;
        }
}

}  // namespace
}  // namespace countersign::policy
