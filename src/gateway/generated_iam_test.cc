#include <gtest/gtest.h>

#include "formats/iso_time.h"
#include "formats/query.h"
#include "gateway/xml_answer.h"
#include "generated/admin.h"
#include "generated/iam.h"
#include "generated/sts.h"

// What IAM, STS and Countersign's own operations need of the generated code beyond generated_api_test.cc.
namespace countersign::gateway {
namespace {

using namespace iam::api;

template <class Operation>
auto read(std::string_view body) {
    auto parameters = formats::parse_query(body, formats::Plus::blank);
    EXPECT_TRUE(parameters);
    return Operation::read(QueryReader(*std::move(parameters)));
}

template <class Operation>
void expect_refused(std::string_view body, std::string_view message) {
    const auto input = read<Operation>(body);
    ASSERT_FALSE(input) << body;
    EXPECT_EQ(input.error().code, "ValidationError");
    EXPECT_EQ(input.error().message, message) << body;
}

template <class Operation>
std::string xml_of(const typename Operation::Output& output) {
    XmlAnswer xml;
    Operation::write(xml, output);
    return std::move(xml).finish();
}

TEST(GeneratedIam, WritesMapsAndBytes) {
    EXPECT_EQ(xml_of<ops::GetAccountSummary>({{{"UsersQuota", 5000}, {"Users", 3}}}),
              "<SummaryMap><entry><key>Users</key><value>3</value></entry>"
              "<entry><key>UsersQuota</key><value>5000</value></entry></SummaryMap>");
    EXPECT_EQ(xml_of<ops::GetCredentialReport>(
                  {"user,arn\n", "text/csv", formats::parse_extended_time("2026-01-02T03:04:05.678Z")}),
              "<Content>dXNlcixhcm4K</Content><ReportFormat>text/csv</ReportFormat>"
              "<GeneratedTime>2026-01-02T03:04:05Z</GeneratedTime>");
    VirtualMFADevice device;
    device.SerialNumber = "arn:aws:iam::123456789012:mfa/alice";
    device.Base32StringSeed = "MFRGG===";
    device.QRCodePNG = "\x89PNG";
    EXPECT_EQ(xml_of<ops::CreateVirtualMFADevice>({device}),
              "<VirtualMFADevice><SerialNumber>arn:aws:iam::123456789012:mfa/alice</SerialNumber>"
              "<Base32StringSeed>TUZSR0c9PT0=</Base32StringSeed><QRCodePNG>iVBORw==</QRCodePNG>"
              "</VirtualMFADevice>");
}

TEST(GeneratedIam, WritesASimulation) {
    EvaluationResult allowed;
    allowed.EvalActionName = "rds-db:connect";
    allowed.EvalResourceName = "*";
    allowed.EvalDecision = "allowed";
    allowed.MatchedStatements = {{"PolicyInputList.1", "IAM Policy", Position{1, 41}, Position{2, 7}}};
    allowed.OrganizationsDecisionDetail = OrganizationsDecisionDetail{true};
    allowed.EvalDecisionDetails = {{"arn:aws:iam::123456789012:role/r", "allowed"}};
    EvaluationResult denied;
    denied.EvalDecision = "implicitDeny";
    denied.MissingContextValues = {"aws:SourceIp"};
    ResourceSpecificResult one;
    one.EvalResourceName = "arn:aws:s3:::b";
    denied.ResourceSpecificResults = {one};
    EXPECT_EQ(xml_of<ops::SimulatePrincipalPolicy>({{allowed, denied}, false, std::nullopt}),
              "<EvaluationResults><member><EvalActionName>rds-db:connect</EvalActionName>"
              "<EvalResourceName>*</EvalResourceName><EvalDecision>allowed</EvalDecision>"
              "<MatchedStatements><member><SourcePolicyId>PolicyInputList.1</SourcePolicyId>"
              "<SourcePolicyType>IAM Policy</SourcePolicyType>"
              "<StartPosition><Line>1</Line><Column>41</Column></StartPosition>"
              "<EndPosition><Line>2</Line><Column>7</Column></EndPosition></member></MatchedStatements>"
              "<MissingContextValues></MissingContextValues><OrganizationsDecisionDetail>"
              "<AllowedByOrganizations>true</AllowedByOrganizations></OrganizationsDecisionDetail>"
              "<EvalDecisionDetails><entry><key>arn:aws:iam::123456789012:role/r</key>"
              "<value>allowed</value></entry></EvalDecisionDetails></member>"
              "<member><EvalDecision>implicitDeny</EvalDecision><MatchedStatements></MatchedStatements>"
              "<MissingContextValues><member>aws:SourceIp</member></MissingContextValues>"
              "<EvalDecisionDetails></EvalDecisionDetails>"
              "<ResourceSpecificResults><member><EvalResourceName>arn:aws:s3:::b</EvalResourceName>"
              "<MatchedStatements></MatchedStatements><MissingContextValues></MissingContextValues>"
              "</member></ResourceSpecificResults></member></EvaluationResults>"
              "<IsTruncated>false</IsTruncated>");
}

TEST(GeneratedIam, LeavesOutTheEmptyListsThatAwsLeavesOut) {
    Role role;
    role.RoleName = "r";
    EXPECT_EQ(xml_of<ops::GetRole>({role}), "<Role><RoleName>r</RoleName></Role>");
    role.Tags = {{"k", ""}};
    EXPECT_EQ(xml_of<ops::GetRole>({role}),
              "<Role><RoleName>r</RoleName><Tags><member><Key>k</Key><Value></Value></member></Tags></Role>");
    EXPECT_EQ(xml_of<ops::GetPolicy>({Policy{}}), "<Policy></Policy>");
    EXPECT_EQ(xml_of<ops::CreateInstanceProfile>({InstanceProfile{}}),
              "<InstanceProfile><Roles></Roles></InstanceProfile>");
    EXPECT_EQ(xml_of<ops::ListGroups>({{}, false, {}}), "<Groups></Groups><IsTruncated>false</IsTruncated>");
    EXPECT_EQ(xml_of<ops::ListRoleTags>({}), "<Tags></Tags>");
    EXPECT_EQ(
        xml_of<ops::GetAccountAuthorizationDetails>(
            {{UserDetail{}}, {GroupDetail{}}, {RoleDetail{}}, {}, {}, {}}),
        "<UserDetailList><member><GroupList></GroupList><AttachedManagedPolicies></AttachedManagedPolicies>"
        "<Tags></Tags></member></UserDetailList>"
        "<GroupDetailList><member><GroupPolicyList></GroupPolicyList>"
        "<AttachedManagedPolicies></AttachedManagedPolicies></member></GroupDetailList>"
        "<RoleDetailList><member><InstanceProfileList></InstanceProfileList><RolePolicyList></RolePolicyList>"
        "<AttachedManagedPolicies></AttachedManagedPolicies><Tags></Tags></member></RoleDetailList>"
        "<Policies></Policies>");
}

TEST(GeneratedIam, ReadsWhatTheAwsCliSends) {
    const auto simulation = read<ops::SimulatePrincipalPolicy>(
        "PolicySourceArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Auser%2Falice&ActionNames.member.1=s3%3AGetObject"
        "&ActionNames.member.2=rds-db%3Aconnect&ContextEntries.member.1.ContextKeyName=aws%3ASourceIp"
        "&ContextEntries.member.1.ContextKeyValues.member.1=10.0.0.1"
        "&ContextEntries.member.1.ContextKeyType=ip");
    ASSERT_TRUE(simulation) << simulation.error().message;
    EXPECT_EQ(simulation->ActionNames, (std::vector<std::string>{"s3:GetObject", "rds-db:connect"}));
    EXPECT_EQ(simulation->ContextEntries, std::vector{(ContextEntry{"aws:SourceIp", {{"10.0.0.1"}}, "ip"})});
    EXPECT_EQ(simulation->ResourceArns, std::nullopt);

    const auto assumed = read<sts::api::ops::AssumeRole>(
        "RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fr&RoleSessionName=ci&DurationSeconds=900"
        "&PolicyArns.member.1.arn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FReadOnlyAccess"
        "&TransitiveTagKeys.member.1=team&Tags.member.1.Key=team&Tags.member.1.Value=a");
    ASSERT_TRUE(assumed) << assumed.error().message;
    ASSERT_EQ(assumed->PolicyArns->size(), 1U);
    EXPECT_EQ(assumed->PolicyArns->front().arn, "arn:aws:iam::aws:policy/ReadOnlyAccess");
    EXPECT_EQ(assumed->TransitiveTagKeys, std::vector<std::string>{"team"});
}

TEST(GeneratedIam, KnowsAccountAliases) {
    const auto accepts = [](const std::string& alias) {
        return bool(read<ops::CreateAccountAlias>("AccountAlias=" + alias));
    };
    for (const char* alias : {"abc", "a-b", "0-1-2", "acme-prod-eu"}) EXPECT_TRUE(accepts(alias)) << alias;
    for (const char* alias : {"ab", "a--b", "-ab", "ab-", "aBc", "a_b", "a.b"})
        EXPECT_FALSE(accepts(alias)) << alias;
    EXPECT_TRUE(accepts(std::string(63, 'a')));
    EXPECT_FALSE(accepts(std::string(64, 'a')));
    expect_refused<ops::CreateAccountAlias>(
        "AccountAlias=a--b",
        "1 validation error detected: Value at 'accountAlias' failed to satisfy constraint: Member "
        "must "
        "satisfy regular expression pattern: ^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$");
}

TEST(GeneratedIam, RefusesInAwsWords) {
    expect_refused<ops::CreateRole>(
        "RoleName=a%2Fb&MaxSessionDuration=3599",
        "2 validation errors detected: Value null at 'assumeRolePolicyDocument' failed to satisfy "
        "constraint: "
        "Member must not be null; Value at 'maxSessionDuration' failed to satisfy "
        "constraint: Member must have value greater than or equal to 3600");
    expect_refused<ops::UntagRole>(
        "RoleName=r&TagKeys.member.1=good&TagKeys.member.2=%7C",
        "1 validation error detected: Value at 'tagKeys' failed to satisfy constraint: Member "
        "must "
        "satisfy constraint: [Member must have length less than or equal to 128, Member must have length "
        "greater than or equal to 1, Member must satisfy regular expression pattern: "
        "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+]");
    expect_refused<ops::GetAccountAuthorizationDetails>(
        "Filter.member.1=Users",
        "1 validation error detected: Value at 'filter' failed to satisfy constraint: Member must satisfy "
        "constraint: [Member must satisfy enum value set]");
    expect_refused<sts::api::ops::AssumeRole>("RoleArn=arn:aws:iam::123456789012:role/r&RoleSessionName=c",
                                              "1 validation error detected: Value 'c' at 'roleSessionName' "
                                              "failed to satisfy constraint: Member must "
                                              "have length greater than or equal to 2");
}

TEST(GeneratedIam, NeverRepeatsASecret) {
    expect_refused<ops::CreateLoginProfile>(
        "UserName=a&Password=%E2%82%AC",
        "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must satisfy "
        "regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u00FF]+");
    expect_refused<sts::api::ops::AssumeRoleWithWebIdentity>(
        "RoleArn=arn:aws:iam::123456789012:role/r&RoleSessionName=ci&WebIdentityToken=abc",
        "1 validation error detected: Value at 'webIdentityToken' failed to satisfy constraint: Member must "
        "have length greater than or equal to 4");
    expect_refused<sts::api::ops::AssumeRoleWithSAML>(
        "RoleArn=arn:aws:iam::123456789012:role/r&PrincipalArn=arn:aws:iam::123456789012:saml-provider/p"
        "&SAMLAssertion=abc",
        "1 validation error detected: Value at 'sAMLAssertion' failed to satisfy constraint: Member must "
        "have "
        "length greater than or equal to 4");
}

TEST(GeneratedExtension, IsAServiceLikeTheOthers) {
    namespace own = admin::api;
    EXPECT_EQ(own::model.signing_name, "countersign");
    EXPECT_EQ(own::model.api_version, "2026-01-01");
    const auto created = read<own::ops::CreateAccount>("AccountName=Payments+(test)&AccountId=123456789012");
    ASSERT_TRUE(created) << created.error().message;
    EXPECT_EQ(created->AccountName, "Payments (test)");
    expect_refused<own::ops::CreateAccount>("AccountName=a&AccountId=12345678901",
                                            "1 validation error detected: Value '12345678901' at 'accountId' "
                                            "failed to satisfy constraint: Member "
                                            "must satisfy regular expression pattern: \\d{12}");
    EXPECT_EQ(xml_of<own::ops::CreateAccount>({own::Account{"123456789012", "Payments", {}, {}},
                                               own::AccessKey{"AKIAIOSFODNN7EXAMPLE", "secret"}}),
              "<Account><Id>123456789012</Id><Name>Payments</Name></Account>"
              "<AccessKey><AccessKeyId>AKIAIOSFODNN7EXAMPLE</AccessKeyId>"
              "<SecretAccessKey>secret</SecretAccessKey></AccessKey>");
    EXPECT_EQ(xml_of<own::ops::ListGuardrails>({{{"g", {}}}}),
              "<Guardrails><member><GuardrailName>g</GuardrailName></member></Guardrails>");
    EXPECT_EQ(own::ops::PutGuardrail::result_element, "");
}

}  // namespace
}  // namespace countersign::gateway
