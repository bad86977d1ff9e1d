#include "services/iam/api_fixture.h"

namespace countersign::iam {

namespace keys = model::keys;

namespace {

class Groups : public ApiTest {
protected:
    void add_members(const std::string& group, const std::vector<std::string>& names) {
        done("CreateGroup", {{"GroupName", group}});
        for (const std::string& name : names) {
            done("CreateUser", {{"UserName", name}});
            done("AddUserToGroup", {{"GroupName", group}, {"UserName", name}});
        }
    }
};

// Terraform's calls: CreateGroup, GetGroup twice, AddUserToGroup, ListGroupsForUser, UpdateGroup, …
TEST_F(Groups, LiveAsTerraformHasThem) {
    const Answer made = done("CreateGroup", {{"GroupName", "Team"}, {"Path", "/db/"}});
    EXPECT_EQ(made.text("//Group/Arn"), "arn:aws:iam::123456789012:group/db/Team");
    EXPECT_EQ(made.text("//Group/GroupId").substr(0, 4), "AGPA");
    EXPECT_EQ(done("GetGroup", {{"GroupName", "team"}}).text("//Group/GroupName"), "Team");
    done("CreateUser", {{"UserName", "alice"}});
    done("AddUserToGroup", {{"GroupName", "team"}, {"UserName", "ALICE"}});
    done("AddUserToGroup", {{"GroupName", "team"}, {"UserName", "alice"}});
    EXPECT_EQ(done("ListGroupsForUser", {{"UserName", "alice"}}).texts("//Groups/member/GroupName"),
              (std::vector<std::string>{"Team"}));
    EXPECT_EQ(done("GetGroup", {{"GroupName", "team"}}).texts("//Users/member/UserName"),
              (std::vector<std::string>{"alice"}));

    done("UpdateGroup", {{"GroupName", "team"}, {"NewGroupName", "crew"}, {"NewPath", "/x/"}});
    EXPECT_EQ(refused("GetGroup", {{"GroupName", "team"}}),
              "NoSuchEntity: The group with name team cannot be found.");
    EXPECT_EQ(done("ListGroupsForUser", {{"UserName", "alice"}}).text("//Arn"),
              "arn:aws:iam::123456789012:group/x/crew");
    EXPECT_EQ(done("GetGroup", {{"GroupName", "crew"}}).count("//Users/member"), 1U);

    done("RemoveUserFromGroup", {{"GroupName", "crew"}, {"UserName", "alice"}});
    done("RemoveUserFromGroup", {{"GroupName", "crew"}, {"UserName", "alice"}});
    EXPECT_EQ(done("GetGroup", {{"GroupName", "crew"}}).count("//Users/member"), 0U);
    done("DeleteGroup", {{"GroupName", "crew"}});
    EXPECT_EQ(done("ListGroups").count("//Groups/member"), 0U);
}

TEST_F(Groups, RefusesWhatCannotBe) {
    done("CreateGroup", {{"GroupName", "team"}});
    done("CreateGroup", {{"GroupName", "other"}});
    done("CreateUser", {{"UserName", "alice"}});
    EXPECT_EQ(refused("CreateGroup", {{"GroupName", "TEAM"}}),
              "EntityAlreadyExists: Group with name TEAM already exists.");
    EXPECT_EQ(refused("UpdateGroup", {{"GroupName", "other"}, {"NewGroupName", "Team"}}),
              "EntityAlreadyExists: Group with name Team already exists.");
    const std::string no_group = "NoSuchEntity: The group with name none cannot be found.";
    for (const char* action : {"GetGroup", "DeleteGroup", "UpdateGroup"})
        EXPECT_EQ(refused(action, {{"GroupName", "none"}}), no_group) << action;
    for (const char* action : {"AddUserToGroup", "RemoveUserFromGroup"}) {
        EXPECT_EQ(refused(action, {{"GroupName", "none"}, {"UserName", "alice"}}), no_group);
        EXPECT_EQ(refused(action, {{"GroupName", "team"}, {"UserName", "nobody"}}),
                  "NoSuchEntity: The user with name nobody cannot be found.");
    }
    EXPECT_EQ(refused("AddUserToGroup", {{"GroupName", "none"}, {"UserName", "nobody"}}),
              "NoSuchEntity: The user with name nobody cannot be found.");
}

TEST_F(Groups, AreDeletedBareOnly) {
    add_members("team", {"alice"});
    const std::string arn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    const Parameters team{{"GroupName", "team"}};
    done("AttachGroupPolicy", {{"GroupName", "team"}, {"PolicyArn", arn}});
    done("PutGroupPolicy", {{"GroupName", "team"}, {"PolicyName", "p"}, {"PolicyDocument", R"({
        "Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}})"}});
    EXPECT_EQ(refused("DeleteGroup", team),
              "DeleteConflict: Cannot delete entity, must remove users from group first.");
    done("RemoveUserFromGroup", {{"GroupName", "team"}, {"UserName", "alice"}});
    EXPECT_EQ(refused("DeleteGroup", team),
              "DeleteConflict: Cannot delete entity, must delete policies first.");
    done("DeleteGroupPolicy", {{"GroupName", "team"}, {"PolicyName", "p"}});
    EXPECT_EQ(refused("DeleteGroup", team),
              "DeleteConflict: Cannot delete entity, must detach all policies first.");
    done("DetachGroupPolicy", {{"GroupName", "team"}, {"PolicyArn", arn}});
    done("DeleteGroup", team);
}

TEST_F(Groups, TakeAUserTenTimes) {
    done("CreateUser", {{"UserName", "alice"}});
    for (int i = 0; i <= 10; ++i) done("CreateGroup", {{"GroupName", fmt::format("g{}", i)}});
    for (int i = 0; i < 10; ++i)
        done("AddUserToGroup", {{"GroupName", fmt::format("g{}", i)}, {"UserName", "alice"}});
    EXPECT_EQ(refused("AddUserToGroup", {{"GroupName", "g10"}, {"UserName", "alice"}}),
              "LimitExceeded: Cannot exceed quota for GroupsPerUser: 10");
    done("AddUserToGroup", {{"GroupName", "g9"}, {"UserName", "alice"}});
    EXPECT_EQ(
        listed("ListGroupsForUser", {{"UserName", "alice"}, {"MaxItems", "3"}}, "//Groups/member/GroupName")
            .size(),
        10U);
    EXPECT_EQ(listed("ListGroups", {{"MaxItems", "4"}}, "//Groups/member/GroupName").size(), 11U);
    // A renamed user leaves every one of them as itself.
    done("UpdateUser", {{"UserName", "alice"}, {"NewUserName", "carol"}});
    for (int i = 0; i < 10; ++i)
        done("RemoveUserFromGroup", {{"GroupName", fmt::format("g{}", i)}, {"UserName", "carol"}});
    done("DeleteGroup", {{"GroupName", "g0"}});
}

TEST_F(Groups, ShowTheirUsersInPages) {
    add_members("team", {"carol", "Bob", "alice"});
    done("CreateUser", {{"UserName", "stranger"}});
    EXPECT_EQ(listed("GetGroup", {{"GroupName", "team"}, {"MaxItems", "2"}}, "//Users/member/UserName"),
              (std::vector<std::string>{"alice", "Bob", "carol"}));
    done("CreateGroup", {{"GroupName", "deep"}, {"Path", "/x/"}});
    EXPECT_EQ(done("ListGroups", {{"PathPrefix", "/x/"}}).texts("//GroupName"),
              (std::vector<std::string>{"deep"}));
}

TEST_F(Groups, GiveTheirPoliciesToTheirUsers) {
    add_members("team", {"alice"});
    const std::string key = "AKIAALICEALICEALICEA";
    add_key(key, "alice");
    EXPECT_EQ(call("ListUsers", {}, key).status, 403);
    done("AttachGroupPolicy",
         {{"GroupName", "team"}, {"PolicyArn", "arn:aws:iam::aws:policy/IAMReadOnlyAccess"}});
    done("ListUsers", {}, key);
    done("UpdateGroup", {{"GroupName", "team"}, {"NewGroupName", "crew"}});
    done("ListUsers", {}, key);
    done("RemoveUserFromGroup", {{"GroupName", "crew"}, {"UserName", "alice"}});
    EXPECT_EQ(call("ListUsers", {}, key).status, 403);
}

// Whoever deletes a group guards its record: a user who comes in at the same time has rewritten it.
TEST_F(Groups, AreWrittenWhenAUserComesIn) {
    done("CreateGroup", {{"GroupName", "team"}});
    done("CreateUser", {{"UserName", "alice"}});
    const auto before = store_->get(keys::group(account, "team"));
    done("AddUserToGroup", {{"GroupName", "team"}, {"UserName", "alice"}});
    const auto after = store_->get(keys::group(account, "team"));
    ASSERT_TRUE(before && *before && after && *after);
    EXPECT_GT((*after)->modified, (*before)->modified);
}

}  // namespace
}  // namespace countersign::iam
