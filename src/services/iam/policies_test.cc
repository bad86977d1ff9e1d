#include "services/iam/api_fixture.h"

namespace countersign::iam {

namespace keys = model::keys;

namespace {

constexpr const char* allow_all =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})";
constexpr const char* connect_only =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"rds-db:connect","Resource":"*"}]})";
const std::string aws_read_only = "arn:aws:iam::aws:policy/ReadOnlyAccess";

class Policies : public ApiTest {
protected:
    std::string create(const std::string& name, const std::string& path = "/") {
        return done("CreatePolicy", {{"PolicyName", name}, {"Path", path}, {"PolicyDocument", allow_all}})
            .text("//Arn");
    }
    void add_entities() {
        done("CreateUser", {{"UserName", "alice"}, {"Path", "/x/"}});
        done("CreateUser", {{"UserName", "bob"}});
        done("CreateGroup", {{"GroupName", "team"}});
        model::Role role;
        role.name = "Deploy";
        role.path = "/x/";
        role.id = "AROAEXAMPLE";
        put_record(keys::role(account, role.name), role);
    }
    std::string marks(const std::string& arn) const {
        const Answer policy = done("GetPolicy", {{"PolicyArn", arn}});
        return policy.text("//AttachmentCount") + ' ' + policy.text("//PermissionsBoundaryUsageCount");
    }
};

// Terraform's calls: CreatePolicy(Description='', Path='/'), GetPolicy, GetPolicyVersion, …
TEST_F(Policies, TellWhoeverGetsThemThatThereAreNoTags) {
    const Answer made = done("CreatePolicy", {{"PolicyName", "p"}, {"PolicyDocument", allow_all}});
    EXPECT_EQ(made.count("//Policy/Tags"), 0U);
    const Answer got = done("GetPolicy", {{"PolicyArn", made.text("//Arn")}});
    EXPECT_EQ(got.count("//Policy/Tags"), 1U);
    EXPECT_EQ(got.count("//Policy/Tags/member"), 0U);
}

TEST_F(Policies, LiveAsTerraformHasThem) {
    const Answer made = done("CreatePolicy", {{"PolicyName", "Connect"},
                                              {"Path", "/"},
                                              {"Description", ""},
                                              {"PolicyDocument", connect_only},
                                              {"Tags.member.1.Key", "team"},
                                              {"Tags.member.1.Value", "db"}});
    const std::string arn = "arn:aws:iam::123456789012:policy/Connect";
    EXPECT_EQ(made.text("//Policy/Arn"), arn);
    EXPECT_EQ(made.text("//PolicyId").substr(0, 4), "ANPA");
    const Answer shown = done("GetPolicy", {{"PolicyArn", arn}});
    EXPECT_EQ(shown.text("//DefaultVersionId"), "v1");
    EXPECT_EQ(shown.text("//IsAttachable"), "true");
    EXPECT_EQ(shown.text("//Tags/member/Value"), "db");
    const Answer version = done("GetPolicyVersion", {{"PolicyArn", arn}, {"VersionId", "v1"}});
    EXPECT_EQ(*formats::percent_decode(version.text("//Document")), connect_only);
    EXPECT_EQ(version.text("//IsDefaultVersion"), "true");

    done("CreatePolicyVersion",
         {{"PolicyArn", arn}, {"PolicyDocument", allow_all}, {"SetAsDefault", "true"}});
    const Answer versions = done("ListPolicyVersions", {{"PolicyArn", arn}});
    EXPECT_EQ(versions.texts("//VersionId"), (std::vector<std::string>{"v2", "v1"}));
    EXPECT_EQ(versions.texts("//IsDefaultVersion"), (std::vector<std::string>{"true", "false"}));
    EXPECT_EQ(refused("DeletePolicy", {{"PolicyArn", arn}}),
              "DeleteConflict: This policy has more than one version. Before you delete a policy, you must "
              "delete the policy's versions. The default version is deleted with the policy.");
    done("DeletePolicyVersion", {{"PolicyArn", arn}, {"VersionId", "v1"}});
    done("DeletePolicy", {{"PolicyArn", arn}});
    EXPECT_EQ(refused("GetPolicy", {{"PolicyArn", arn}}), "NoSuchEntity: Policy " + arn + " was not found.");
}

TEST_F(Policies, ShowTheirDescriptionWhereTheyAreReadAlone) {
    const Answer made =
        done("CreatePolicy",
             {{"PolicyName", "p"}, {"Description", "lets jane in"}, {"PolicyDocument", connect_only}});
    EXPECT_EQ(made.count("//Description"), 0U);
    EXPECT_EQ(done("GetPolicy", {{"PolicyArn", made.text("//Policy/Arn")}}).text("//Description"),
              "lets jane in");
    EXPECT_EQ(done("ListPolicies", {{"Scope", "Local"}}).count("//Description"), 0U);
}

TEST_F(Policies, RefusesWhatCannotBe) {
    create("p");
    EXPECT_EQ(refused("CreatePolicy", {{"PolicyName", "P"}, {"PolicyDocument", allow_all}}),
              "EntityAlreadyExists: A policy called P already exists. Duplicate names are not allowed.");
    std::string large = connect_only;
    large.insert(large.find("\"Effect\""), R"("Sid":")" + std::string(6144, 'x') + R"(",)");
    EXPECT_EQ(refused("CreatePolicy", {{"PolicyName", "large"}, {"PolicyDocument", large}}),
              "LimitExceeded: Cannot exceed quota for PolicySize: 6144");
    EXPECT_EQ(refused("CreatePolicy", {{"PolicyName", "bad"}, {"PolicyDocument", "{"}}).substr(0, 23),
              "MalformedPolicyDocument");
    // A policy is known by its whole ARN: path and account too.
    EXPECT_EQ(refused("GetPolicy", {{"PolicyArn", "arn:aws:iam::123456789012:policy/x/p"}}),
              "NoSuchEntity: Policy arn:aws:iam::123456789012:policy/x/p was not found.");
    EXPECT_EQ(refused("GetPolicy", {{"PolicyArn", "arn:aws:iam::999999999999:policy/p"}}).substr(0, 12),
              "AccessDenied");
}

TEST_F(Policies, HaveAtMostFiveVersions) {
    const std::string arn = create("p");
    for (int i = 2; i <= 5; ++i)
        done("CreatePolicyVersion", {{"PolicyArn", arn}, {"PolicyDocument", connect_only}});
    EXPECT_EQ(
        refused("CreatePolicyVersion", {{"PolicyArn", arn}, {"PolicyDocument", connect_only}}),
        "LimitExceeded: A managed policy can have up to 5 versions. Before you create a new version, you "
        "must delete an existing version.");
    EXPECT_EQ(refused("DeletePolicyVersion", {{"PolicyArn", arn}, {"VersionId", "v1"}}),
              "DeleteConflict: Cannot delete the default version of a policy.");
    done("SetDefaultPolicyVersion", {{"PolicyArn", arn}, {"VersionId", "v5"}});
    done("DeletePolicyVersion", {{"PolicyArn", arn}, {"VersionId", "v1"}});
    // A number is never given twice.
    for (int i = 6; i <= 10; ++i) {
        const Answer made =
            done("CreatePolicyVersion", {{"PolicyArn", arn}, {"PolicyDocument", connect_only}});
        EXPECT_EQ(made.text("//VersionId"), fmt::format("v{}", i));
        done("DeletePolicyVersion",
             {{"PolicyArn", arn}, {"VersionId", fmt::format("v{}", i == 6 ? 2 : i - 1)}});
    }
    EXPECT_EQ(listed("ListPolicyVersions", {{"PolicyArn", arn}, {"MaxItems", "2"}}, "//VersionId"),
              (std::vector<std::string>{"v10", "v5", "v4", "v3"}));
    EXPECT_EQ(refused("GetPolicyVersion", {{"PolicyArn", arn}, {"VersionId", "v1"}}).substr(0, 12),
              "NoSuchEntity");
}

TEST_F(Policies, OfAwsAreReadAndNeverChanged) {
    const Answer shown = done("GetPolicy", {{"PolicyArn", aws_read_only}});
    EXPECT_EQ(shown.text("//PolicyName"), "ReadOnlyAccess");
    EXPECT_EQ(shown.text("//Arn"), aws_read_only);
    const model::AwsManagedPolicy& known = *model::find_aws_managed_policy(aws_read_only);
    std::vector<std::string> newest_first;
    for (const auto& one : known.versions) newest_first.insert(newest_first.begin(), std::string(one.id));
    EXPECT_EQ(done("ListPolicyVersions", {{"PolicyArn", aws_read_only}}).texts("//VersionId"), newest_first);
    EXPECT_EQ(shown.text("//DefaultVersionId"), newest_first.front());
    const auto documents = model::aws_managed_documents(known, known.versions);
    for (std::size_t i = 0; i < known.versions.size(); ++i) {
        const Answer version = done("GetPolicyVersion", {{"PolicyArn", aws_read_only},
                                                         {"VersionId", std::string(known.versions[i].id)}});
        EXPECT_EQ(*formats::percent_decode(version.text("//Document")), documents->at(i));
    }
    const auto denied = [&](const std::string& action, Parameters parameters) {
        parameters["PolicyArn"] = aws_read_only;
        EXPECT_EQ(
            refused(action, parameters),
            fmt::format("AccessDenied: User: arn:aws:iam::123456789012:root is not authorized to perform: "
                        "iam:{} on resource: policy {}",
                        action, aws_read_only));
    };
    denied("DeletePolicy", {});
    denied("CreatePolicyVersion", {{"PolicyDocument", allow_all}});
    denied("DeletePolicyVersion", {{"VersionId", "v1"}});
    denied("SetDefaultPolicyVersion", {{"VersionId", "v1"}});
    denied("TagPolicy", {{"Tags.member.1.Key", "a"}, {"Tags.member.1.Value", "b"}});
    denied("UntagPolicy", {{"TagKeys.member.1", "a"}});
}

TEST_F(Policies, AreListedByScopeUseAndPath) {
    const std::string used = create("used");
    const std::string edge = create("edge", "/x/");
    create("idle", "/x/y/");
    add_entities();
    done("AttachUserPolicy", {{"UserName", "alice"}, {"PolicyArn", used}});
    done("AttachGroupPolicy", {{"GroupName", "team"}, {"PolicyArn", aws_read_only}});
    done("PutUserPermissionsBoundary", {{"UserName", "bob"}, {"PermissionsBoundary", edge}});
    const auto names = [&](Parameters parameters) {
        parameters.try_emplace("MaxItems", "2");
        return listed("ListPolicies", parameters, "//Policies/member/PolicyName");
    };
    using Names = std::vector<std::string>;
    EXPECT_EQ(names({{"Scope", "Local"}}), (Names{"edge", "idle", "used"}));
    EXPECT_EQ(names({{"Scope", "Local"}, {"PathPrefix", "/x/"}}), (Names{"edge", "idle"}));
    EXPECT_EQ(names({{"OnlyAttached", "true"}}), (Names{"used", "ReadOnlyAccess"}));
    EXPECT_EQ(names({{"PolicyUsageFilter", "PermissionsBoundary"}}), (Names{"edge"}));
    EXPECT_EQ(names({{"PolicyUsageFilter", "PermissionsPolicy"}, {"Scope", "AWS"}}),
              (Names{"ReadOnlyAccess"}));
    EXPECT_EQ(names({{"Scope", "AWS"}, {"MaxItems", "900"}}).size(), model::aws_managed_policies().size());
    EXPECT_EQ(names({{"MaxItems", "900"}}).size(), model::aws_managed_policies().size() + 3);
    EXPECT_EQ(done("ListPolicies").count("//Policies/member/Tags"), 0U);
}

TEST_F(Policies, CountWhoHasThem) {
    const std::string arn = create("p");
    add_entities();
    EXPECT_EQ(marks(arn), "0 0");
    done("AttachUserPolicy", {{"UserName", "alice"}, {"PolicyArn", arn}});
    done("AttachGroupPolicy", {{"GroupName", "team"}, {"PolicyArn", arn}});
    done("AttachRolePolicy", {{"RoleName", "deploy"}, {"PolicyArn", arn}});
    done("PutUserPermissionsBoundary", {{"UserName", "bob"}, {"PermissionsBoundary", arn}});
    EXPECT_EQ(marks(arn), "3 1");
    EXPECT_EQ(marks(aws_read_only), "0 0");

    const auto holders = [&](Parameters parameters) {
        parameters["PolicyArn"] = arn;
        parameters["MaxItems"] = "1";
        return listed("ListEntitiesForPolicy", parameters, "//UserName | //GroupName | //RoleName");
    };
    using Names = std::vector<std::string>;
    EXPECT_EQ(holders({}), (Names{"team", "Deploy", "alice", "bob"}));
    EXPECT_EQ(holders({{"EntityFilter", "Role"}}), (Names{"Deploy"}));
    EXPECT_EQ(holders({{"EntityFilter", "User"}}), (Names{"alice", "bob"}));
    EXPECT_EQ(holders({{"EntityFilter", "AWSManagedPolicy"}}), Names{});
    EXPECT_EQ(holders({{"EntityFilter", "LocalManagedPolicy"}}), holders({}));
    EXPECT_EQ(holders({{"PolicyUsageFilter", "PermissionsBoundary"}}), (Names{"bob"}));
    EXPECT_EQ(holders({{"PolicyUsageFilter", "PermissionsPolicy"}}), (Names{"team", "Deploy", "alice"}));
    EXPECT_EQ(holders({{"PathPrefix", "/x/"}}), (Names{"Deploy", "alice"}));
    EXPECT_EQ(done("ListEntitiesForPolicy", {{"PolicyArn", arn}}).text("//PolicyRoles/member/RoleId"),
              "AROAEXAMPLE");
    EXPECT_EQ(done("ListEntitiesForPolicy", {{"PolicyArn", aws_read_only}}).count("//member"), 0U);
}

TEST_F(Policies, AreNotDeletedWhileSomebodyHasThem) {
    const std::string arn = create("p");
    add_entities();
    const std::string attached = "DeleteConflict: Cannot delete a policy attached to entities.";
    done("AttachRolePolicy", {{"RoleName", "Deploy"}, {"PolicyArn", arn}});
    EXPECT_EQ(refused("DeletePolicy", {{"PolicyArn", arn}}), attached);
    done("DetachRolePolicy", {{"RoleName", "Deploy"}, {"PolicyArn", arn}});
    // A policy that becomes a boundary is written too, so that the guard of a deletion sees it.
    const auto before = store_->get(keys::policy(account, "p"));
    done("PutUserPermissionsBoundary", {{"UserName", "bob"}, {"PermissionsBoundary", arn}});
    const auto after = store_->get(keys::policy(account, "p"));
    ASSERT_TRUE(before && *before && after && *after);
    EXPECT_GT((*after)->modified, (*before)->modified);
    EXPECT_EQ(refused("DeletePolicy", {{"PolicyArn", arn}}), attached);
    done("DeleteUserPermissionsBoundary", {{"UserName", "bob"}});
    done("DeletePolicy", {{"PolicyArn", arn}});
}

TEST_F(Policies, AreTagged) {
    const std::string arn = create("p");
    done("TagPolicy", {{"PolicyArn", arn}, {"Tags.member.1.Key", "a"}, {"Tags.member.1.Value", "1"}});
    done("TagPolicy", {{"PolicyArn", arn}, {"Tags.member.1.Key", "b"}, {"Tags.member.1.Value", "2"}});
    EXPECT_EQ(listed("ListPolicyTags", {{"PolicyArn", arn}, {"MaxItems", "1"}}, "//Tags/member/Key"),
              (std::vector<std::string>{"a", "b"}));
    done("UntagPolicy", {{"PolicyArn", arn}, {"TagKeys.member.1", "a"}});
    EXPECT_EQ(done("ListPolicyTags", {{"PolicyArn", arn}}).texts("//Key"), (std::vector<std::string>{"b"}));
}

TEST_F(Policies, TellWhatLetsSomebodyIntoAService) {
    add_entities();
    done("AddUserToGroup", {{"UserName", "alice"}, {"GroupName", "team"}});
    done("PutUserPolicy",
         {{"UserName", "alice"}, {"PolicyName", "connect"}, {"PolicyDocument", connect_only}});
    done("PutGroupPolicy", {{"GroupName", "team"}, {"PolicyName", "not-iam"}, {"PolicyDocument", R"({
        "Version":"2012-10-17","Statement":{"Effect":"Allow","NotAction":["iam:*","rds:DeleteDB*"],"Resource":"*"}})"}});
    done("PutGroupPolicy", {{"GroupName", "team"}, {"PolicyName", "never"}, {"PolicyDocument", R"({
        "Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}})"}});
    done("AttachGroupPolicy", {{"GroupName", "team"}, {"PolicyArn", aws_read_only}});
    done("AttachUserPolicy", {{"UserName", "alice"}, {"PolicyArn", aws_read_only}});
    const Answer told =
        done("ListPoliciesGrantingServiceAccess", {{"Arn", "arn:aws:iam::123456789012:user/x/alice"},
                                                   {"ServiceNamespaces.member.1", "rds-db"},
                                                   {"ServiceNamespaces.member.2", "iam"},
                                                   {"ServiceNamespaces.member.3", "rds"}});
    const auto names = [&](const std::string& service) {
        return told.texts("//PoliciesGrantingServiceAccess/member[ServiceNamespace='" + service +
                          "']/Policies/member/PolicyName");
    };
    using Names = std::vector<std::string>;
    EXPECT_EQ(names("rds-db"), (Names{"not-iam", "connect"}));
    EXPECT_EQ(names("iam"), (Names{"ReadOnlyAccess"}));
    EXPECT_EQ(names("rds"), (Names{"ReadOnlyAccess", "not-iam"}));
    EXPECT_EQ(told.text("//member[PolicyName='connect']/EntityType"), "USER");
    EXPECT_EQ(told.text("//member[PolicyName='not-iam']/EntityName"), "team");
    EXPECT_EQ(told.text("//member[PolicyName='ReadOnlyAccess']/PolicyArn"), aws_read_only);
    for (const char* arn : {"arn:aws:iam::123456789012:user/alice", "arn:aws:iam::123456789012:role/none",
                            "arn:aws:iam::123456789012:root"})
        EXPECT_EQ(refused("ListPoliciesGrantingServiceAccess",
                          {{"Arn", arn}, {"ServiceNamespaces.member.1", "iam"}}),
                  fmt::format("NoSuchEntity: ARN {} was not found.", arn));
    EXPECT_EQ(call("ListPoliciesGrantingServiceAccess",
                   {{"Arn", "arn:aws:iam::999999999999:user/x/alice"}, {"ServiceNamespaces.member.1", "iam"}})
                  .status,
              403);
}

}  // namespace
}  // namespace countersign::iam
