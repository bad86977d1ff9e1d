#include "services/iam/api_fixture.h"

namespace countersign::iam {

namespace {

class AccessKeys : public ApiTest {};

TEST_F(AccessKeys, AreMadeShownSwitchedAndDeleted) {
    done("CreateUser", {{"UserName", "alice"}});
    const Answer made = done("CreateAccessKey", {{"UserName", "alice"}});
    const std::string id = made.text("//AccessKeyId");
    EXPECT_EQ(id.substr(0, 4), "AKIA");
    EXPECT_EQ(made.text("//SecretAccessKey").size(), 40U);
    EXPECT_EQ(made.text("//Status"), "Active");
    const Answer list = done("ListAccessKeys", {{"UserName", "alice"}});
    EXPECT_EQ(list.text("//AccessKeyId"), id);
    EXPECT_EQ(list.count("//SecretAccessKey"), 0U);
    done("UpdateAccessKey", {{"UserName", "alice"}, {"AccessKeyId", id}, {"Status", "Inactive"}});
    EXPECT_EQ(done("ListAccessKeys", {{"UserName", "alice"}}).text("//Status"), "Inactive");
    done("DeleteAccessKey", {{"UserName", "alice"}, {"AccessKeyId", id}});
    EXPECT_EQ(refused("DeleteAccessKey", {{"UserName", "alice"}, {"AccessKeyId", id}}),
              "NoSuchEntity: The Access Key with id " + id + " cannot be found.");
}

TEST_F(AccessKeys, AreTwoAtMostAndOnePersons) {
    done("CreateUser", {{"UserName", "alice"}});
    done("CreateUser", {{"UserName", "bob"}});
    const std::string id = done("CreateAccessKey", {{"UserName", "alice"}}).text("//AccessKeyId");
    done("CreateAccessKey", {{"UserName", "alice"}});
    EXPECT_EQ(refused("CreateAccessKey", {{"UserName", "alice"}}),
              "LimitExceeded: Cannot exceed quota for AccessKeysPerUser: 2");
    EXPECT_EQ(listed("ListAccessKeys", {{"UserName", "alice"}, {"MaxItems", "1"}}, "//AccessKeyId").size(),
              2U);
    EXPECT_EQ(refused("UpdateAccessKey", {{"UserName", "bob"}, {"AccessKeyId", id}, {"Status", "Inactive"}}),
              "NoSuchEntity: The Access Key with id " + id + " cannot be found.");
    EXPECT_EQ(refused("CreateAccessKey", {{"UserName", "nobody"}}),
              "NoSuchEntity: The user with name nobody cannot be found.");
}

TEST_F(AccessKeys, TellWhenTheyWereLastUsed) {
    done("CreateUser", {{"UserName", "alice"}});
    const std::string key = "AKIAALICEALICEALICEA";
    add_key(key, "alice");
    const Answer unused = done("GetAccessKeyLastUsed", {{"AccessKeyId", key}});
    EXPECT_EQ(unused.text("//UserName"), "alice");
    EXPECT_EQ(unused.text("//ServiceName"), "N/A");
    EXPECT_EQ(unused.text("//Region"), "N/A");
    EXPECT_EQ(unused.count("//LastUsedDate"), 0U);
    clock_.time += std::chrono::minutes(5);
    // A call that is refused for want of a right is a use of the key all the same.
    EXPECT_EQ(call("ListUsers", {}, key).status, 403);
    const Answer used = done("GetAccessKeyLastUsed", {{"AccessKeyId", key}});
    EXPECT_EQ(used.text("//ServiceName"), "iam");
    EXPECT_EQ(used.text("//Region"), "us-east-1");
    EXPECT_EQ(used.text("//LastUsedDate"), "2026-01-01T00:05:00Z");
    EXPECT_EQ(refused("GetAccessKeyLastUsed", {{"AccessKeyId", "AKIANOSUCHKEYNOSUCHK"}}),
              "NoSuchEntity: The Access Key with id AKIANOSUCHKEYNOSUCHK cannot be found.");
}

TEST_F(AccessKeys, OfAnotherAccountAreKeysOfNobody) {
    const std::string foreign = "AKIAOTHEROTHEROTHERO";
    const std::string unknown = "AKIANOSUCHKEYNOSUCHK";
    const std::string place = model::keys::access_key(foreign);
    const model::AccessKey key{foreign, "210987654321", "hidden", "x", model::KeyStatus::Active, {}};
    ASSERT_TRUE(store_->commit({{}, {store::put(place, key)}}));
    done("CreateUser", {{"UserName", "nobody"}});
    add_key("AKIANOBODYNOBODYNOBO", "nobody");
    for (const char* asker : {root_key, "AKIANOBODYNOBODYNOBO"}) {
        std::string told = refused("GetAccessKeyLastUsed", {{"AccessKeyId", foreign}}, asker);
        EXPECT_EQ(told.find("hidden"), std::string::npos) << told;
        const std::string of_nobody = refused("GetAccessKeyLastUsed", {{"AccessKeyId", unknown}}, asker);
        if (const auto at = told.find(foreign); at != std::string::npos)
            told.replace(at, foreign.size(), unknown);
        EXPECT_EQ(told, of_nobody);
    }
}

}  // namespace
}  // namespace countersign::iam
