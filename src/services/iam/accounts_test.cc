// The account's alias, password policy, summary, credential report and authorisation details.
#include "base/text.h"
#include "formats/encoding.h"
#include "formats/uri.h"
#include "services/iam/api_fixture.h"

namespace countersign::iam {

namespace {

const std::string allow_all =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})";
const std::string trust =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},)"
    R"("Action":"sts:AssumeRole"}})";

using Accounts = ApiTest;

TEST_F(Accounts, HaveOneAlias) {
    done("CreateAccountAlias", {{"AccountAlias", "acme"}});
    EXPECT_EQ(listed("ListAccountAliases", {}, "//AccountAliases/member"), std::vector<std::string>{"acme"});
    EXPECT_EQ(refused("CreateAccountAlias", {{"AccountAlias", "acme"}}),
              "EntityAlreadyExists: The account alias acme already exists.");
    done("CreateAccountAlias", {{"AccountAlias", "acme-corp"}});
    EXPECT_EQ(listed("ListAccountAliases", {}, "//AccountAliases/member"),
              std::vector<std::string>{"acme-corp"});
    EXPECT_EQ(call("DeleteAccountAlias", {{"AccountAlias", "acme"}}).status, 404);
    const auto owner = store_->get(model::keys::account_alias("acme-corp"));
    ASSERT_TRUE(owner && *owner);
    EXPECT_EQ((*owner)->value, account);
    EXPECT_FALSE(*store_->get(model::keys::account_alias("acme")));
    done("DeleteAccountAlias", {{"AccountAlias", "acme-corp"}});
    EXPECT_TRUE(listed("ListAccountAliases", {}, "//AccountAliases/member").empty());
    EXPECT_FALSE(*store_->get(model::keys::account_alias("acme-corp")));
}

TEST_F(Accounts, ShareNoAlias) {
    EXPECT_TRUE(store_->commit({{}, {store::Write{model::keys::account_alias("theirs"), "999999999999"}}}));
    EXPECT_EQ(refused("CreateAccountAlias", {{"AccountAlias", "theirs"}}),
              "EntityAlreadyExists: The account alias theirs already exists.");
    EXPECT_EQ(call("DeleteAccountAlias", {{"AccountAlias", "theirs"}}).status, 404);
    for (const char* alias : {"ab", "-abc", "Abc", "a--b", "999999999999"})
        EXPECT_TRUE(refused("CreateAccountAlias", {{"AccountAlias", alias}}).starts_with("ValidationError: "))
            << alias;
}

TEST_F(Accounts, HaveAPasswordPolicyOrNone) {
    EXPECT_EQ(refused("GetAccountPasswordPolicy"),
              "NoSuchEntity: The Password Policy with domain name 123456789012 cannot be found.");
    EXPECT_EQ(refused("DeleteAccountPasswordPolicy"),
              "NoSuchEntity: The account policy with name PasswordPolicy cannot be found.");
    done("UpdateAccountPasswordPolicy",
         {{"MinimumPasswordLength", "12"}, {"RequireSymbols", "true"}, {"MaxPasswordAge", "90"}});
    Answer got = done("GetAccountPasswordPolicy");
    EXPECT_EQ(got.text("//MinimumPasswordLength"), "12");
    EXPECT_EQ(got.text("//RequireSymbols"), "true");
    EXPECT_EQ(got.text("//ExpirePasswords"), "true");
    EXPECT_EQ(got.text("//MaxPasswordAge"), "90");
    EXPECT_EQ(got.count("//PasswordReusePrevention"), 0U);
    done("UpdateAccountPasswordPolicy", {{"PasswordReusePrevention", "3"}});
    got = done("GetAccountPasswordPolicy");
    EXPECT_EQ(got.text("//MinimumPasswordLength"), "6");
    EXPECT_EQ(got.text("//RequireSymbols"), "false");
    EXPECT_EQ(got.text("//ExpirePasswords"), "false");
    EXPECT_EQ(got.text("//PasswordReusePrevention"), "3");
    done("DeleteAccountPasswordPolicy");
    EXPECT_EQ(call("GetAccountPasswordPolicy").status, 404);
    EXPECT_TRUE(refused("UpdateAccountPasswordPolicy", {{"MinimumPasswordLength", "5"}})
                    .starts_with("ValidationError: "));
}

TEST_F(Accounts, AreSummedUp) {
    done("CreateUser", {{"UserName", "alice"}});
    done("CreateGroup", {{"GroupName", "team"}});
    done("CreateRole", {{"RoleName", "r"}, {"AssumeRolePolicyDocument", trust}});
    done("CreateInstanceProfile", {{"InstanceProfileName", "p"}});
    done("CreateVirtualMFADevice", {{"VirtualMFADeviceName", "phone"}});
    done("CreateOpenIDConnectProvider", {{"Url", "https://a.example.com"}});
    const std::string arn =
        done("CreatePolicy", {{"PolicyName", "q"}, {"PolicyDocument", allow_all}}).text("//Policy/Arn");
    done("CreatePolicyVersion", {{"PolicyArn", arn}, {"PolicyDocument", allow_all}});
    const Answer summary = done("GetAccountSummary");
    const std::pair<const char*, const char*> counts[] = {
        {"Users", "1"},
        {"Groups", "1"},
        {"Roles", "1"},
        {"InstanceProfiles", "1"},
        {"MFADevices", "1"},
        {"Policies", "1"},
        {"Providers", "1"},
        {"PolicyVersionsInUse", "2"},
        {"UsersQuota", "5000"},
        {"AccountMFAEnabled", "0"},
        {"AccountAccessKeysPresent", "1"},
        {"MFADevicesInUse", "0"},
        {"ServerCertificates", "0"},
    };
    for (const auto& [key, value] : counts)
        EXPECT_EQ(summary.text(std::string("//entry[key='") + key + "']/value"), value) << key;
    EXPECT_EQ(summary.count("//SummaryMap/entry"), 34U);
}

using CredentialReports = ApiTest;

TEST_F(CredentialReports, AreThereOnceTheyWereAskedFor) {
    EXPECT_EQ(call("GetCredentialReport").status, 410);
    EXPECT_TRUE(refused("GetCredentialReport").starts_with("ReportNotPresent: "));
    EXPECT_EQ(done("GenerateCredentialReport").text("//State"), "STARTED");
    EXPECT_EQ(done("GenerateCredentialReport").text("//State"), "COMPLETE");
    const Answer got = done("GetCredentialReport");
    EXPECT_EQ(got.text("//ReportFormat"), "text/csv");
    EXPECT_EQ(got.text("//GeneratedTime"), "2026-01-01T00:00:00Z");
    clock_.time += std::chrono::hours(4);
    EXPECT_TRUE(refused("GetCredentialReport").starts_with("ReportExpired: "));
    EXPECT_EQ(done("GenerateCredentialReport").text("//State"), "STARTED");
}

TEST_F(CredentialReports, HaveALineForEveryUser) {
    done("CreateUser", {{"UserName", "a,b"}});
    done("CreateUser", {{"UserName", "alice"}});
    done("UpdateAccountPasswordPolicy", {{"MaxPasswordAge", "1"}});
    done("CreateLoginProfile", {{"UserName", "alice"}, {"Password", "secret"}});
    add_key("AKIAALICEALICEALICEA", "alice");
    put_record(model::keys::last_used("AKIAALICEALICEALICEA"),
               model::LastUse{clock_.now(), "rds", "eu-central-1"});
    done("GenerateCredentialReport");
    const auto report = formats::from_base64(done("GetCredentialReport").text("//Content"));
    ASSERT_TRUE(report);
    const std::vector<std::string_view> lines = split(*report, '\n');
    ASSERT_EQ(lines.size(), 4U);
    EXPECT_TRUE(lines[0].starts_with("user,arn,user_creation_time,password_enabled,password_last_used,"));
    EXPECT_EQ(split(lines[0], ',').size(), 22U);
    EXPECT_TRUE(lines[1].starts_with("<root_account>,arn:aws:iam::123456789012:root,"));
    EXPECT_EQ(split(lines[1], ',').size(), 22U);
    EXPECT_TRUE(
        lines[2].starts_with("\"a,b\",\"arn:aws:iam::123456789012:user/a,b\",2026-01-01T00:00:00+00:00,"
                             "false,N/A,N/A,N/A,false,false,N/A,"));
    EXPECT_EQ(lines[3],
              "alice,arn:aws:iam::123456789012:user/alice,2026-01-01T00:00:00+00:00,true,no_information,"
              "2026-01-01T00:00:00+00:00,2026-01-02T00:00:00+00:00,false,true,1970-01-01T00:00:00+00:00,"
              "2026-01-01T00:00:00+00:00,eu-central-1,rds,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A");
}

TEST_F(CredentialReports, ShowSigningCertificates) {
    done("CreateUser", {{"UserName", "alice"}});
    const auto add = [&](const std::string& id, model::KeyStatus status, int hour) {
        put_record(
            model::keys::signing_certificates(account, "alice") + id,
            model::SigningCertificate{id, "alice", status, clock_.now() + std::chrono::hours(hour), ""});
    };
    const auto last_columns = [&] {
        done("GenerateCredentialReport");
        const auto report = formats::from_base64(done("GetCredentialReport").text("//Content"));
        return report->substr(report->rfind("false,N/A,N/A,N/A,N/A,") + 22);
    };
    EXPECT_EQ(last_columns(), "false,N/A,false,N/A");
    add("B", model::KeyStatus::Active, 1);
    EXPECT_EQ(last_columns(), "true,2026-01-01T01:00:00+00:00,false,N/A");
    add("A", model::KeyStatus::Inactive, 2);
    EXPECT_EQ(last_columns(), "true,2026-01-01T01:00:00+00:00,false,2026-01-01T02:00:00+00:00");
}

using OtherCredentials = ApiTest;

TEST_F(OtherCredentials, AreNotThere) {
    done("CreateUser", {{"UserName", "alice"}});
    for (const char* action : {"ListSSHPublicKeys", "ListSigningCertificates"})
        EXPECT_EQ(done(action, {{"UserName", "alice"}}).text("//IsTruncated"), "false") << action;
    for (const char* action :
         {"ListSSHPublicKeys", "ListServiceSpecificCredentials", "ListSigningCertificates"}) {
        EXPECT_EQ(refused(action, {{"UserName", "none"}}),
                  "NoSuchEntity: The user with name none cannot be found.")
            << action;
    }
    EXPECT_EQ(done("ListServerCertificates").text("//IsTruncated"), "false");
}

class AuthorizationDetails : public ApiTest {
protected:
    AuthorizationDetails() {
        const std::string readonly = "arn:aws:iam::aws:policy/ReadOnlyAccess";
        done("CreateUser", {{"UserName", "alice"}});
        done("CreateGroup", {{"GroupName", "team"}});
        done("AddUserToGroup", {{"GroupName", "team"}, {"UserName", "alice"}});
        done("CreateRole", {{"RoleName", "r"}, {"AssumeRolePolicyDocument", trust}});
        done("CreateInstanceProfile", {{"InstanceProfileName", "p"}});
        done("AddRoleToInstanceProfile", {{"InstanceProfileName", "p"}, {"RoleName", "r"}});
        done("CreatePolicy", {{"PolicyName", "q"}, {"PolicyDocument", allow_all}});
        done("AttachUserPolicy", {{"UserName", "alice"}, {"PolicyArn", own_}});
        done("AttachRolePolicy", {{"RoleName", "r"}, {"PolicyArn", readonly}});
        done("PutGroupPolicy", {{"GroupName", "team"}, {"PolicyName", "i"}, {"PolicyDocument", allow_all}});
    }
    const std::string own_ = "arn:aws:iam::123456789012:policy/q";
};

TEST_F(AuthorizationDetails, ShowEverything) {
    const Answer all = done("GetAccountAuthorizationDetails");
    EXPECT_EQ(all.text("//UserDetailList/member/UserName"), "alice");
    EXPECT_EQ(all.text("//UserDetailList/member/GroupList/member"), "team");
    EXPECT_EQ(all.text("//UserDetailList/member/AttachedManagedPolicies/member/PolicyArn"), own_);
    EXPECT_EQ(all.text("//GroupDetailList/member/GroupPolicyList/member/PolicyDocument"),
              formats::percent_encode(allow_all));
    EXPECT_EQ(all.text("//RoleDetailList/member/AssumeRolePolicyDocument"), formats::percent_encode(trust));
    EXPECT_EQ(all.text("//RoleDetailList/member/InstanceProfileList/member/InstanceProfileName"), "p");
    EXPECT_EQ(all.texts("//Policies/member/PolicyName"), (std::vector<std::string>{"q", "ReadOnlyAccess"}));
    EXPECT_EQ(all.text("//Policies/member[PolicyName='q']/AttachmentCount"), "1");
    EXPECT_EQ(all.text("//Policies/member[PolicyName='q']/PolicyVersionList/member/Document"),
              formats::percent_encode(allow_all));
    EXPECT_EQ(all.text("//IsTruncated"), "false");
}

TEST_F(AuthorizationDetails, ShowWhatIsAskedFor) {
    const std::pair<const char*, const char*> kinds[] = {
        {"User", "//UserDetailList/member"},
        {"Group", "//GroupDetailList/member"},
        {"Role", "//RoleDetailList/member"},
        {"LocalManagedPolicy", "//Policies/member[PolicyName='q']"},
        {"AWSManagedPolicy", "//Policies/member[PolicyName='ReadOnlyAccess']"},
    };
    for (const auto& [kind, path] : kinds) {
        const Answer some = done("GetAccountAuthorizationDetails", {{"Filter.member.1", kind}});
        EXPECT_EQ(some.count(path), 1U) << kind;
        EXPECT_EQ(some.count("//UserDetailList/member | //GroupDetailList/member | //RoleDetailList/member | "
                             "//Policies/member"),
                  1U)
            << kind;
    }
}

TEST_F(AuthorizationDetails, ComeInPages) {
    EXPECT_EQ(listed("GetAccountAuthorizationDetails", {{"MaxItems", "2"}},
                     "//UserDetailList/member/UserName | //GroupDetailList/member/GroupName | "
                     "//RoleDetailList/member/RoleName | //Policies/member/PolicyName"),
              (std::vector<std::string>{"alice", "team", "r", "q", "ReadOnlyAccess"}));
}

}  // namespace

}  // namespace countersign::iam
