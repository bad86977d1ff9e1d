#include "formats/uri.h"
#include "services/iam/api_fixture.h"

namespace countersign::iam {

namespace {

const std::string ec2_trust =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},)"
    R"("Action":"sts:AssumeRole"}})";
const std::string allow_all =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})";

std::string trust_in(const std::string& principal) {
    return R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":")" + principal +
           R"("},"Action":"sts:AssumeRole"}})";
}

class Roles : public ApiTest {
protected:
    Parameters named(const std::string& name) const {
        return {{"RoleName", name}, {"AssumeRolePolicyDocument", ec2_trust}};
    }
    void make(const std::string& name) { done("CreateRole", named(name)); }
};

TEST_F(Roles, AreMadeAndShown) {
    Parameters parameters = named("Deployer");
    parameters.insert({{"Path", "/team/"},
                       {"Description", "deploys"},
                       {"MaxSessionDuration", "7200"},
                       {"PermissionsBoundary", "arn:aws:iam::aws:policy/ReadOnlyAccess"},
                       {"Tags.member.1.Key", "team"},
                       {"Tags.member.1.Value", "red"}});
    const Answer made = done("CreateRole", parameters);
    EXPECT_EQ(made.count("//Role/MaxSessionDuration"), 0U);
    EXPECT_EQ(made.count("//Role/Description"), 0U);
    const Answer got = done("GetRole", {{"RoleName", "deployer"}});
    EXPECT_EQ(got.text("//Role/RoleName"), "Deployer");
    EXPECT_EQ(got.text("//Role/Arn"), "arn:aws:iam::123456789012:role/team/Deployer");
    EXPECT_TRUE(got.text("//Role/RoleId").starts_with("AROA"));
    EXPECT_EQ(got.text("//Role/RoleId").size(), 21U);
    EXPECT_EQ(got.text("//Role/AssumeRolePolicyDocument"), formats::percent_encode(ec2_trust));
    EXPECT_EQ(got.text("//Role/Description"), "deploys");
    EXPECT_EQ(got.text("//Role/MaxSessionDuration"), "7200");
    EXPECT_EQ(got.text("//Role/PermissionsBoundary/PermissionsBoundaryArn"),
              "arn:aws:iam::aws:policy/ReadOnlyAccess");
    EXPECT_EQ(got.text("//Role/Tags/member/Value"), "red");
    EXPECT_EQ(got.count("//Role/RoleLastUsed"), 1U);
    EXPECT_EQ(got.count("//Role/RoleLastUsed/*"), 0U);
}

TEST_F(Roles, ShowWhenTheyWereLastUsed) {
    make("used");
    const std::string id = done("GetRole", {{"RoleName", "used"}}).text("//RoleId");
    put_record(model::keys::last_used(id), model::LastUse{clock_.now(), "rds", "eu-central-1"});
    const Answer got = done("GetRole", {{"RoleName", "used"}});
    EXPECT_EQ(got.text("//RoleLastUsed/LastUsedDate"), "2026-01-01T00:00:00Z");
    EXPECT_EQ(got.text("//RoleLastUsed/Region"), "eu-central-1");
}

TEST_F(Roles, AreListedInPagesWithoutTagsAndBoundary) {
    for (const char* name : {"b", "a", "c"}) {
        Parameters parameters = named(name);
        parameters.insert({{"Tags.member.1.Key", "k"},
                           {"Tags.member.1.Value", "v"},
                           {"PermissionsBoundary", "arn:aws:iam::aws:policy/ReadOnlyAccess"}});
        done("CreateRole", parameters);
    }
    EXPECT_EQ(listed("ListRoles", {{"MaxItems", "2"}}, "//RoleName"),
              (std::vector<std::string>{"a", "b", "c"}));
    const Answer all = done("ListRoles");
    EXPECT_EQ(all.count("//Roles/member/Tags"), 0U);
    EXPECT_EQ(all.count("//PermissionsBoundary"), 0U);
    EXPECT_EQ(done("ListRoles", {{"PathPrefix", "/none/"}}).count("//Roles/member"), 0U);
}

TEST_F(Roles, AreRefusedWithAwsWords) {
    make("taken");
    EXPECT_EQ(refused("CreateRole", named("TAKEN")),
              "EntityAlreadyExists: Role with name TAKEN already exists.");
    EXPECT_EQ(refused("GetRole", {{"RoleName", "none"}}),
              "NoSuchEntity: The role with name none cannot be found.");
    Parameters parameters = named("short");
    parameters["MaxSessionDuration"] = "3599";
    EXPECT_TRUE(refused("CreateRole", parameters).starts_with("ValidationError: "));
    parameters["MaxSessionDuration"] = "43201";
    EXPECT_TRUE(refused("CreateRole", parameters).starts_with("ValidationError: "));
    parameters.erase("MaxSessionDuration");
    parameters["PermissionsBoundary"] = "arn:aws:iam::123456789012:policy/none";
    EXPECT_TRUE(refused("CreateRole", parameters).starts_with("NoSuchEntity: "));
}

TEST_F(Roles, TakeOnlyTrustPolicies) {
    Parameters parameters = named("r");
    parameters["AssumeRolePolicyDocument"] = allow_all;
    EXPECT_TRUE(refused("CreateRole", parameters).starts_with("MalformedPolicyDocument: "));
    make("r");
    const std::string no_json = "MalformedPolicyDocument: This policy contains invalid Json";
    EXPECT_EQ(refused("UpdateAssumeRolePolicy", {{"RoleName", "r"}, {"PolicyDocument", "{"}}), no_json);
    parameters["AssumeRolePolicyDocument"] = R"({"Version":"2012-10-17",})";
    EXPECT_EQ(refused("CreateRole", parameters), no_json);
    const std::string padded = ec2_trust + std::string(3000, ' ');
    done("UpdateAssumeRolePolicy", {{"RoleName", "r"}, {"PolicyDocument", padded}});
    std::string large = trust_in("arn:aws:iam::999999999999:user/x");
    large.replace(large.find("\"Effect\""), 0, "\"Sid\":\"" + std::string(2048, 'x') + "\",");
    EXPECT_EQ(refused("UpdateAssumeRolePolicy", {{"RoleName", "r"}, {"PolicyDocument", large}}),
              "LimitExceeded: Cannot exceed quota for ACLSizePerRole: 2048");
}

TEST_F(Roles, TrustPoliciesSpeakOfAssumingRolesAlone) {
    struct Case {
        std::string actions;
        bool fits;
    };
    const Case cases[] = {
        {R"(["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity","sts:SetContext"])", true},
        {R"(["sts:assumerolewithsaml","sts:AssumeRoleWithWebIdentity"])", true},
        {R"("sts:AssumeRole*")", true},
        {R"("sts:*")", true},
        {R"("sts:BadAssumeRole")", false},
        {R"(["sts:AssumeRole","sts:TagSessions"])", false},
        {R"("sts:Get*")", false},
        {R"("s3:GetObject")", false},
    };
    make("r");
    for (const Case& each : cases) {
        std::string document = ec2_trust;
        const std::string old = R"("sts:AssumeRole")";
        document.replace(document.find(old), old.size(), each.actions);
        const Answer answer =
            call("UpdateAssumeRolePolicy", {{"RoleName", "r"}, {"PolicyDocument", document}});
        EXPECT_EQ(answer.error(),
                  each.fits ? ": "
                            : "MalformedPolicyDocument: AssumeRole policy may only specify STS AssumeRole "
                              "actions")
            << each.actions;
    }
}

TEST_F(Roles, TrustOnlyPrincipalsThatExist) {
    done("CreateUser", {{"UserName", "alice"}, {"Path", "/team/"}});
    make("other");
    struct Case {
        std::string principal;
        bool exists;
    };
    const Case cases[] = {
        {"arn:aws:iam::123456789012:root", true},
        {"123456789012", true},
        {"arn:aws:iam::123456789012:user/team/alice", true},
        {"arn:aws:iam::123456789012:user/alice", false},
        {"arn:aws:iam::123456789012:user/bob", false},
        {"arn:aws:iam::123456789012:role/other", true},
        {"arn:aws:iam::123456789012:role/none", false},
        {"arn:aws:sts::123456789012:assumed-role/other/me", true},
        {"arn:aws:sts::123456789012:assumed-role/none/me", false},
        {"arn:aws:iam::999999999999:user/anyone", true},
    };
    make("r");
    for (const Case& each : cases) {
        const Answer answer =
            call("UpdateAssumeRolePolicy", {{"RoleName", "r"}, {"PolicyDocument", trust_in(each.principal)}});
        EXPECT_EQ(answer.status == 200, each.exists) << each.principal << ' ' << answer.error();
        if (!each.exists) {
            EXPECT_EQ(answer.error(), "MalformedPolicyDocument: Invalid principal in policy: \"AWS\":\"" +
                                          each.principal + '"');
        }
    }
}

TEST_F(Roles, Change) {
    make("r");
    done("UpdateRole", {{"RoleName", "r"}, {"MaxSessionDuration", "3601"}});
    done("UpdateRoleDescription", {{"RoleName", "r"}, {"Description", "new"}});
    done("PutRolePermissionsBoundary",
         {{"RoleName", "r"}, {"PermissionsBoundary", "arn:aws:iam::aws:policy/ReadOnlyAccess"}});
    const Answer got = done("GetRole", {{"RoleName", "r"}});
    EXPECT_EQ(got.text("//MaxSessionDuration"), "3601");
    EXPECT_EQ(got.text("//Description"), "new");
    done("UpdateRole", {{"RoleName", "r"}});
    EXPECT_EQ(done("GetRole", {{"RoleName", "r"}}).text("//MaxSessionDuration"), "3600");
    EXPECT_EQ(done("GetRole", {{"RoleName", "r"}}).text("//Description"), "new");
    EXPECT_EQ(got.count("//PermissionsBoundary"), 1U);
    done("DeleteRolePermissionsBoundary", {{"RoleName", "r"}});
    EXPECT_EQ(done("GetRole", {{"RoleName", "r"}}).count("//PermissionsBoundary"), 0U);
}

TEST_F(Roles, CarryTags) {
    make("r");
    done("TagRole", {{"RoleName", "r"},
                     {"Tags.member.1.Key", "a"},
                     {"Tags.member.1.Value", "1"},
                     {"Tags.member.2.Key", "b"},
                     {"Tags.member.2.Value", "2"}});
    done("UntagRole", {{"RoleName", "r"}, {"TagKeys.member.1", "a"}});
    EXPECT_EQ(listed("ListRoleTags", {{"RoleName", "r"}, {"MaxItems", "1"}}, "//Tags/member/Key"),
              std::vector<std::string>{"b"});
}

TEST_F(Roles, AreDeletedOnlyWhenNothingHangsOnThem) {
    make("r");
    done("CreateInstanceProfile", {{"InstanceProfileName", "p"}});
    done("AddRoleToInstanceProfile", {{"InstanceProfileName", "p"}, {"RoleName", "r"}});
    done("AttachRolePolicy", {{"RoleName", "r"}, {"PolicyArn", "arn:aws:iam::aws:policy/ReadOnlyAccess"}});
    done("PutRolePolicy", {{"RoleName", "r"}, {"PolicyName", "i"}, {"PolicyDocument", allow_all}});
    EXPECT_EQ(refused("DeleteRole", {{"RoleName", "r"}}),
              "DeleteConflict: Cannot delete entity, must remove roles from instance profile first.");
    done("RemoveRoleFromInstanceProfile", {{"InstanceProfileName", "p"}, {"RoleName", "r"}});
    EXPECT_EQ(refused("DeleteRole", {{"RoleName", "r"}}),
              "DeleteConflict: Cannot delete entity, must detach all policies first.");
    done("DetachRolePolicy", {{"RoleName", "r"}, {"PolicyArn", "arn:aws:iam::aws:policy/ReadOnlyAccess"}});
    EXPECT_EQ(refused("DeleteRole", {{"RoleName", "r"}}),
              "DeleteConflict: Cannot delete entity, must delete policies first.");
    done("DeleteRolePolicy", {{"RoleName", "r"}, {"PolicyName", "i"}});
    done("DeleteRole", {{"RoleName", "r"}});
    EXPECT_EQ(call("GetRole", {{"RoleName", "r"}}).status, 404);
}

TEST_F(Roles, AnswerToConditionKeys) {
    const std::string policy =
        R"({"Version":"2012-10-17","Statement":[)"
        R"({"Effect":"Allow","Action":"iam:CreateRole","Resource":"*","Condition":{"StringEquals":)"
        R"({"iam:PermissionsBoundary":"arn:aws:iam::aws:policy/ReadOnlyAccess","aws:RequestTag/team":"red"}}},)"
        R"({"Effect":"Allow","Action":"iam:DeleteRole","Resource":"*","Condition":{"StringEquals":)"
        R"({"aws:ResourceTag/team":"red"}}}]})";
    done("CreateUser", {{"UserName", "limited"}});
    done("PutUserPolicy", {{"UserName", "limited"}, {"PolicyName", "p"}, {"PolicyDocument", policy}});
    const std::string key = "AKIALIMITEDLIMITEDLI";
    add_key(key, "limited");
    make("untagged");
    EXPECT_TRUE(refused("CreateRole", named("r"), key).starts_with("AccessDenied: "));
    Parameters parameters = named("r");
    parameters.insert({{"PermissionsBoundary", "arn:aws:iam::aws:policy/ReadOnlyAccess"},
                       {"Tags.member.1.Key", "team"},
                       {"Tags.member.1.Value", "red"}});
    done("CreateRole", parameters, key);
    EXPECT_TRUE(refused("DeleteRole", {{"RoleName", "untagged"}}, key).starts_with("AccessDenied: "));
    done("DeleteRole", {{"RoleName", "r"}}, key);
}

using InstanceProfiles = Roles;

TEST_F(InstanceProfiles, AreMadeShownAndListed) {
    const Answer made = done("CreateInstanceProfile", {{"InstanceProfileName", "Web"},
                                                       {"Path", "/team/"},
                                                       {"Tags.member.1.Key", "k"},
                                                       {"Tags.member.1.Value", "v"}});
    EXPECT_EQ(made.text("//Arn"), "arn:aws:iam::123456789012:instance-profile/team/Web");
    EXPECT_TRUE(made.text("//InstanceProfileId").starts_with("AIPA"));
    EXPECT_EQ(refused("CreateInstanceProfile", {{"InstanceProfileName", "web"}}),
              "EntityAlreadyExists: Instance Profile web already exists.");
    EXPECT_EQ(done("GetInstanceProfile", {{"InstanceProfileName", "web"}}).text("//Tags/member/Value"), "v");
    EXPECT_EQ(refused("GetInstanceProfile", {{"InstanceProfileName", "none"}}),
              "NoSuchEntity: Instance Profile none cannot be found.");
    done("CreateInstanceProfile", {{"InstanceProfileName", "a"}});
    EXPECT_EQ(listed("ListInstanceProfiles", {{"MaxItems", "1"}}, "//InstanceProfileName"),
              (std::vector<std::string>{"a", "Web"}));
    EXPECT_EQ(listed("ListInstanceProfiles", {{"PathPrefix", "/team/"}}, "//InstanceProfileName"),
              std::vector<std::string>{"Web"});
    done("TagInstanceProfile",
         {{"InstanceProfileName", "a"}, {"Tags.member.1.Key", "x"}, {"Tags.member.1.Value", "y"}});
    EXPECT_EQ(done("ListInstanceProfileTags", {{"InstanceProfileName", "a"}}).text("//Tags/member/Key"), "x");
    done("UntagInstanceProfile", {{"InstanceProfileName", "a"}, {"TagKeys.member.1", "x"}});
    EXPECT_EQ(done("ListInstanceProfileTags", {{"InstanceProfileName", "a"}}).count("//Tags/member"), 0U);
}

TEST_F(InstanceProfiles, HoldOneRole) {
    make("r");
    done("UpdateRoleDescription", {{"RoleName", "r"}, {"Description", "d"}});
    make("s");
    done("CreateInstanceProfile", {{"InstanceProfileName", "p"}});
    EXPECT_TRUE(refused("AddRoleToInstanceProfile", {{"InstanceProfileName", "p"}, {"RoleName", "none"}})
                    .starts_with("NoSuchEntity: "));
    done("AddRoleToInstanceProfile", {{"InstanceProfileName", "p"}, {"RoleName", "R"}});
    EXPECT_EQ(refused("AddRoleToInstanceProfile", {{"InstanceProfileName", "p"}, {"RoleName", "s"}}),
              "LimitExceeded: Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1");
    const Answer got = done("GetInstanceProfile", {{"InstanceProfileName", "p"}});
    EXPECT_EQ(got.text("//Roles/member/RoleName"), "r");
    EXPECT_EQ(got.count("//Roles/member/MaxSessionDuration"), 0U);
    EXPECT_EQ(got.count("//Roles/member/Description"), 0U);
    EXPECT_EQ(listed("ListInstanceProfilesForRole", {{"RoleName", "r"}}, "//InstanceProfileName"),
              std::vector<std::string>{"p"});
    EXPECT_TRUE(listed("ListInstanceProfilesForRole", {{"RoleName", "s"}}, "//InstanceProfileName").empty());
    EXPECT_EQ(refused("DeleteInstanceProfile", {{"InstanceProfileName", "p"}}),
              "DeleteConflict: Cannot delete entity, must remove roles from instance profile first.");
    EXPECT_TRUE(refused("RemoveRoleFromInstanceProfile", {{"InstanceProfileName", "p"}, {"RoleName", "s"}})
                    .starts_with("NoSuchEntity: "));
    done("RemoveRoleFromInstanceProfile", {{"InstanceProfileName", "p"}, {"RoleName", "r"}});
    done("DeleteInstanceProfile", {{"InstanceProfileName", "p"}});
    EXPECT_EQ(call("GetInstanceProfile", {{"InstanceProfileName", "p"}}).status, 404);
}

TEST_F(InstanceProfiles, TakeOnlyRolesThatTheCallerMayPass) {
    const std::string policy =
        R"({"Version":"2012-10-17","Statement":[)"
        R"({"Effect":"Allow","Action":"iam:AddRoleToInstanceProfile","Resource":"*"},)"
        R"({"Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::123456789012:role/mine",)"
        R"("Condition":{"StringEquals":{"iam:PassedToService":"ec2.amazonaws.com"}}}]})";
    done("CreateUser", {{"UserName", "limited"}});
    done("PutUserPolicy", {{"UserName", "limited"}, {"PolicyName", "p"}, {"PolicyDocument", policy}});
    const std::string key = "AKIALIMITEDLIMITEDLI";
    add_key(key, "limited");
    make("mine");
    make("admin");
    done("CreateInstanceProfile", {{"InstanceProfileName", "p"}});
    EXPECT_NE(refused("AddRoleToInstanceProfile", {{"InstanceProfileName", "p"}, {"RoleName", "admin"}}, key)
                  .find("iam:PassRole on resource: arn:aws:iam::123456789012:role/admin"),
              std::string::npos);
    done("AddRoleToInstanceProfile", {{"InstanceProfileName", "p"}, {"RoleName", "mine"}}, key);
}

}  // namespace

}  // namespace countersign::iam
