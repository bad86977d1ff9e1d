#include "services/iam/api_fixture.h"

namespace countersign::iam {

namespace keys = model::keys;

namespace {

constexpr const char* allow_all =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})";

class Users : public ApiTest {
protected:
    // Somebody with these policies, and a key that is called as if it were theirs.
    void add_caller(const std::string& policy) {
        done("CreateUser", {{"UserName", "caller"}});
        done("PutUserPolicy", {{"UserName", "caller"}, {"PolicyName", "only"}, {"PolicyDocument", policy}});
        add_key(callers_key, "caller");
    }
    std::optional<model::User> user(const std::string& name) {
        return record<model::User>(keys::user(account, name));
    }
    static constexpr const char* callers_key = "AKIACALLERCALLERCALL";
};

TEST_F(Users, AreMadeAndShown) {
    const Answer made = done("CreateUser", {{"UserName", "Alice"},
                                            {"Path", "/team/"},
                                            {"Tags.member.1.Key", "dept"},
                                            {"Tags.member.1.Value", "db"}});
    EXPECT_EQ(made.text("//User/Arn"), "arn:aws:iam::123456789012:user/team/Alice");
    EXPECT_EQ(made.text("//User/UserId").substr(0, 4), "AIDA");
    const Answer shown = done("GetUser", {{"UserName", "alice"}});
    EXPECT_EQ(shown.text("//User/UserName"), "Alice");
    EXPECT_EQ(shown.text("//User/CreateDate"), "2026-01-01T00:00:00Z");
    EXPECT_EQ(shown.text("//User/Tags/member/Value"), "db");
    EXPECT_EQ(shown.count("//PasswordLastUsed"), 0U);
    EXPECT_EQ(shown.count("//PermissionsBoundary"), 0U);
    const Answer list = done("ListUsers", {{"PathPrefix", "/team/"}});
    EXPECT_EQ(list.text("//member/UserName"), "Alice");
    EXPECT_EQ(list.count("//Tags/member"), 0U);
    EXPECT_EQ(done("ListUsers", {{"PathPrefix", "/other/"}}).count("//Users/member"), 0U);
}

TEST_F(Users, RefusesWhatCannotBe) {
    done("CreateUser", {{"UserName", "alice"}});
    EXPECT_EQ(refused("CreateUser", {{"UserName", "ALICE"}}),
              "EntityAlreadyExists: User with name ALICE already exists.");
    const std::string unknown = "NoSuchEntity: The user with name nobody cannot be found.";
    for (const char* action : {"GetUser", "DeleteUser", "UpdateUser", "ListUserTags", "ListGroupsForUser",
                               "DeleteUserPermissionsBoundary"})
        EXPECT_EQ(refused(action, {{"UserName", "nobody"}}), unknown) << action;
    done("CreateUser", {{"UserName", "bob"}});
    EXPECT_EQ(refused("UpdateUser", {{"UserName", "bob"}, {"NewUserName", "Alice"}}),
              "EntityAlreadyExists: User with name Alice already exists.");
}

TEST_F(Users, ComeInPages) {
    for (const char* name : {"carol", "Bob", "alice", "dave", "eve"})
        done("CreateUser", {{"UserName", name}});
    EXPECT_EQ(listed("ListUsers", {{"MaxItems", "2"}}, "//Users/member/UserName"),
              (std::vector<std::string>{"alice", "Bob", "carol", "dave", "eve"}));
    EXPECT_EQ(refused("ListUsers", {{"Marker", "%%"}}), "ValidationError: Invalid Marker.");
}

TEST_F(Users, AreTagged) {
    done("CreateUser", {{"UserName", "alice"}});
    done("TagUser", {{"UserName", "alice"},
                     {"Tags.member.1.Key", "a"},
                     {"Tags.member.1.Value", "1"},
                     {"Tags.member.2.Key", "b"},
                     {"Tags.member.2.Value", "2"}});
    done("UntagUser", {{"UserName", "alice"}, {"TagKeys.member.1", "a"}});
    EXPECT_EQ(done("ListUserTags", {{"UserName", "alice"}}).texts("//Tags/member/Key"),
              (std::vector<std::string>{"b"}));
}

TEST_F(Users, RenamedKeepWhatTheyHave) {
    done("CreateUser", {{"UserName", "alice"}, {"Path", "/a/"}});
    done("CreateGroup", {{"GroupName", "team"}});
    done("AddUserToGroup", {{"UserName", "alice"}, {"GroupName", "team"}});
    const std::string key = done("CreateAccessKey", {{"UserName", "alice"}}).text("//AccessKeyId");
    model::MfaDevice device;
    device.name = "phone";
    device.user = "alice";
    put_record(keys::mfa_device(account, "phone"), device);

    done("UpdateUser", {{"UserName", "alice"}, {"NewUserName", "Carol"}});

    EXPECT_EQ(refused("GetUser", {{"UserName", "alice"}}),
              "NoSuchEntity: The user with name alice cannot be found.");
    EXPECT_EQ(done("GetUser", {{"UserName", "carol"}}).text("//Arn"),
              "arn:aws:iam::123456789012:user/a/Carol");
    EXPECT_EQ(done("ListAccessKeys", {{"UserName", "Carol"}}).text("//AccessKeyId"), key);
    EXPECT_EQ(done("GetGroup", {{"GroupName", "team"}}).texts("//Users/member/UserName"),
              (std::vector<std::string>{"Carol"}));
    EXPECT_EQ(done("ListGroupsForUser", {{"UserName", "Carol"}}).text("//GroupName"), "team");
    EXPECT_EQ(record<model::MfaDevice>(keys::mfa_device(account, "phone"))->user, "Carol");
    // In another case only: the same user still.
    done("UpdateUser", {{"UserName", "carol"}, {"NewUserName", "CAROL"}, {"NewPath", "/b/"}});
    EXPECT_EQ(done("GetGroup", {{"GroupName", "team"}}).text("//Users/member/Arn"),
              "arn:aws:iam::123456789012:user/b/CAROL");
    EXPECT_EQ(done("ListAccessKeys", {{"UserName", "carol"}}).count("//AccessKeyMetadata/member"), 1U);
}

TEST_F(Users, AreDeletedBareOnly) {
    done("CreateUser", {{"UserName", "alice"}});
    done("CreateGroup", {{"GroupName", "team"}});
    done("AddUserToGroup", {{"UserName", "alice"}, {"GroupName", "team"}});
    const Parameters alice{{"UserName", "alice"}};
    const std::string key = done("CreateAccessKey", alice).text("//AccessKeyId");
    const std::string arn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    done("AttachUserPolicy", {{"UserName", "alice"}, {"PolicyArn", arn}});
    done("PutUserPolicy", {{"UserName", "alice"}, {"PolicyName", "p"}, {"PolicyDocument", allow_all}});
    model::User record = *user("alice");
    record.login_profile.emplace();
    put_record(keys::user(account, "alice"), record);
    model::MfaDevice device;
    device.user = "Alice";
    put_record(keys::mfa_device(account, "phone"), device);

    const auto must = [&](const std::string& first) {
        EXPECT_EQ(refused("DeleteUser", alice),
                  "DeleteConflict: Cannot delete entity, must " + first + " first.");
    };
    must("delete login profile");
    record.login_profile.reset();
    put_record(keys::user(account, "alice"), record);
    must("delete access keys");
    done("DeleteAccessKey", {{"UserName", "alice"}, {"AccessKeyId", key}});
    must("delete MFA device");
    device.user = "bob";
    put_record(keys::mfa_device(account, "phone"), device);
    must("delete policies");
    done("DeleteUserPolicy", {{"UserName", "alice"}, {"PolicyName", "p"}});
    must("detach all policies");
    done("DetachUserPolicy", {{"UserName", "alice"}, {"PolicyArn", arn}});
    must("remove users from group");
    done("RemoveUserFromGroup", {{"UserName", "alice"}, {"GroupName", "team"}});
    done("DeleteUser", alice);
    EXPECT_FALSE(user("alice"));
}

TEST_F(Users, HaveABoundary) {
    const std::string arn =
        done("CreatePolicy", {{"PolicyName", "edge"}, {"PolicyDocument", allow_all}}).text("//Arn");
    const Answer made = done("CreateUser", {{"UserName", "alice"}, {"PermissionsBoundary", arn}});
    EXPECT_EQ(made.text("//PermissionsBoundary/PermissionsBoundaryArn"), arn);
    EXPECT_EQ(done("GetUser", {{"UserName", "alice"}}).text("//PermissionsBoundaryType"), "Policy");
    EXPECT_EQ(done("ListUsers").count("//PermissionsBoundary"), 0U);
    done("DeleteUserPermissionsBoundary", {{"UserName", "alice"}});
    EXPECT_EQ(done("GetUser", {{"UserName", "alice"}}).count("//PermissionsBoundary"), 0U);
    const std::string aws = "arn:aws:iam::aws:policy/PowerUserAccess";
    done("PutUserPermissionsBoundary", {{"UserName", "alice"}, {"PermissionsBoundary", aws}});
    EXPECT_EQ(done("GetUser", {{"UserName", "alice"}}).text("//PermissionsBoundaryArn"), aws);

    const std::string none = "arn:aws:iam::123456789012:policy/none";
    const std::string sentence = "NoSuchEntity: Scope ARN: " + none + " does not exist or is not attachable.";
    EXPECT_EQ(refused("PutUserPermissionsBoundary", {{"UserName", "alice"}, {"PermissionsBoundary", none}}),
              sentence);
    EXPECT_EQ(refused("CreateUser", {{"UserName", "bob"}, {"PermissionsBoundary", none}}), sentence);
    EXPECT_FALSE(user("bob"));
}

TEST_F(Users, ABoundaryRestrictsItsUser) {
    add_caller(allow_all);
    done("ListUsers", {}, callers_key);
    const std::string arn = done("CreatePolicy", {{"PolicyName", "edge"}, {"PolicyDocument", R"({
        "Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:GetUser","Resource":"*"}})"}})
                                .text("//Arn");
    done("PutUserPermissionsBoundary", {{"UserName", "caller"}, {"PermissionsBoundary", arn}});
    done("GetUser", {}, callers_key);
    EXPECT_EQ(refused("ListUsers", {}, callers_key),
              "AccessDenied: User: arn:aws:iam::123456789012:user/caller is not authorized to perform: "
              "iam:ListUsers on resource: arn:aws:iam::123456789012:user/ because no permissions boundary "
              "allows the iam:ListUsers action");
}

// A delegated administrator who may make users only within a boundary.
TEST_F(Users, MayBeMadeOnlyWithABoundary) {
    const std::string edge = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    add_caller(fmt::format(R"({{"Version":"2012-10-17","Statement":{{"Effect":"Allow",
        "Action":["iam:CreateUser","iam:PutUserPolicy"],"Resource":"*",
        "Condition":{{"StringEquals":{{"iam:PermissionsBoundary":"{}"}}}}}}}})",
                           edge));
    const Parameters policy{{"PolicyName", "p"}, {"PolicyDocument", allow_all}};
    const auto put = [&](const std::string& user) {
        Parameters parameters = policy;
        parameters["UserName"] = user;
        return call("PutUserPolicy", parameters, callers_key).status;
    };
    EXPECT_EQ(call("CreateUser", {{"UserName", "free"}}, callers_key).status, 403);
    done("CreateUser", {{"UserName", "bound"}, {"PermissionsBoundary", edge}}, callers_key);
    EXPECT_EQ(put("bound"), 200);
    done("CreateUser", {{"UserName", "free"}});
    EXPECT_EQ(put("free"), 403);
}

TEST_F(Users, TagsDecideWhoMayBeCalledOn) {
    add_caller(R"({"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"iam:GetUser","Resource":"*",
         "Condition":{"StringEquals":{"aws:ResourceTag/team":"db"}}},
        {"Effect":"Allow","Action":"iam:TagUser","Resource":"*",
         "Condition":{"StringEquals":{"aws:RequestTag/team":"db"},
                      "ForAllValues:StringEquals":{"aws:TagKeys":["team"]}}}]})");
    done("CreateUser", {{"UserName", "alice"}});
    EXPECT_EQ(call("GetUser", {{"UserName", "alice"}}, callers_key).status, 403);
    Parameters tags{{"UserName", "alice"}, {"Tags.member.1.Key", "team"}, {"Tags.member.1.Value", "web"}};
    EXPECT_EQ(call("TagUser", tags, callers_key).status, 403);
    tags["Tags.member.1.Value"] = "db";
    done("TagUser", tags, callers_key);
    done("GetUser", {{"UserName", "alice"}}, callers_key);
    tags["Tags.member.2.Key"] = "other";
    tags["Tags.member.2.Value"] = "x";
    EXPECT_EQ(call("TagUser", tags, callers_key).status, 403);
}

TEST_F(Users, ARenameNeedsARightOnBothNames) {
    add_caller(R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:UpdateUser",
        "Resource":["arn:aws:iam::123456789012:user/a/old","arn:aws:iam::123456789012:user/a/new"]}})");
    done("CreateUser", {{"UserName", "old"}, {"Path", "/a/"}});
    EXPECT_EQ(call("UpdateUser", {{"UserName", "old"}, {"NewUserName", "else"}}, callers_key).status, 403);
    EXPECT_EQ(call("UpdateUser", {{"UserName", "old"}, {"NewPath", "/b/"}}, callers_key).status, 403);
    done("UpdateUser", {{"UserName", "old"}, {"NewUserName", "new"}}, callers_key);
}

}  // namespace
}  // namespace countersign::iam
