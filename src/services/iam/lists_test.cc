// Lists of many: a page reads itself from the store and no more.
#include <fmt/format.h>

#include "model/iam.h"
#include "model/keys.h"
#include "services/iam/api_fixture.h"

namespace countersign::iam {
namespace {

namespace keys = model::keys;
using Names = std::vector<std::string>;

constexpr int many = 250;
constexpr const char* harmless_policy =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})";

class Lists : public ApiTest {
protected:
    static std::string name(int number) { return fmt::format("n{:03}", number); }
    static std::string path(int number) { return number % 50 == 0 ? "/few/" : "/"; }

    template <class Record, class Key>
    void put_many(Key key) {
        for (int i = 0; i < many; ++i) {
            Record record;
            record.name = name(i);
            record.path = path(i);
            record.id = "ID" + name(i);
            put_record(key(account, record.name), record);
        }
    }
    void put_holders(const std::string& policy) {
        for (int i = 0; i < many; ++i) {
            model::User user;
            user.name = name(i);
            user.path = path(i);
            user.id = "AIDA" + name(i);
            if (i % 2 == 0) user.attached_policies.push_back(policy);
            put_record(keys::user(account, user.name), user);
        }
    }
    static Names first_names(int from, int count) {
        Names names;
        for (int i = from; i < from + count; ++i) names.push_back(name(i));
        return names;
    }
};

TEST_F(Lists, APageReadsItselfAndOneMore) {
    put_many<model::User>(keys::user);
    put_many<model::Group>(keys::group);
    put_many<model::Role>(keys::role);
    put_many<model::InstanceProfile>(keys::instance_profile);
    struct Case {
        std::string action;
        std::string member;
        std::string prefix;
    };
    const std::vector<Case> cases{
        {"ListUsers", "//Users/member/UserName", keys::users(account)},
        {"ListGroups", "//Groups/member/GroupName", keys::groups(account)},
        {"ListRoles", "//Roles/member/RoleName", keys::roles(account)},
        {"ListInstanceProfiles", "//InstanceProfileName", keys::instance_profiles(account)},
    };
    for (const Case& each : cases) {
        store_->take_entries_read(each.prefix);
        const Answer first = done(each.action, {{"MaxItems", "20"}});
        EXPECT_EQ(first.texts(each.member), first_names(0, 20)) << each.action;
        EXPECT_EQ(store_->take_entries_read(each.prefix), 21U) << each.action;
        const Answer second = done(each.action, {{"MaxItems", "20"}, {"Marker", first.text("//Marker")}});
        EXPECT_EQ(second.texts(each.member), first_names(20, 20)) << each.action;
        EXPECT_EQ(store_->take_entries_read(each.prefix), 21U) << each.action;
        EXPECT_EQ(listed(each.action, {{"MaxItems", "99"}}, each.member), first_names(0, many));
        EXPECT_EQ(listed(each.action, {{"MaxItems", "2"}, {"PathPrefix", "/few/"}}, each.member),
                  (Names{"n000", "n050", "n100", "n150", "n200"}))
            << each.action;
    }
}

TEST_F(Lists, APageGoesOnWhereItsLastItemIsGone) {
    put_many<model::User>(keys::user);
    const Answer first = done("ListUsers", {{"MaxItems", "20"}});
    done("DeleteUser", {{"UserName", name(19)}});
    done("DeleteUser", {{"UserName", name(20)}});
    const Answer second = done("ListUsers", {{"MaxItems", "20"}, {"Marker", first.text("//Marker")}});
    EXPECT_EQ(second.texts("//Users/member/UserName"), first_names(21, 20));
}

TEST_F(Lists, AMarkerOfAnotherListIsRefused) {
    put_many<model::User>(keys::user);
    put_many<model::Role>(keys::role);
    const std::string invalid = "ValidationError: Invalid Marker.";
    const std::string marker = done("ListUsers", {{"MaxItems", "20"}}).text("//Marker");
    EXPECT_EQ(refused("ListRoles", {{"Marker", marker}}), invalid);
    EXPECT_EQ(refused("GetAccountAuthorizationDetails", {{"Marker", marker}}), invalid);
    EXPECT_EQ(refused("ListUsers", {{"Marker", "n005"}}), invalid);
    const std::string details = done("GetAccountAuthorizationDetails", {{"MaxItems", "20"}}).text("//Marker");
    EXPECT_EQ(refused("ListUsers", {{"Marker", details}}), invalid);
}

TEST_F(Lists, MembersOfAGroupAreReadPageByPage) {
    put_many<model::User>(keys::user);
    done("CreateGroup", {{"GroupName", "team"}});
    const auto group = record<model::Group>(keys::group(account, "team"));
    ASSERT_TRUE(group);
    for (int i = 0; i < many; ++i)
        ASSERT_TRUE(store_->commit({{}, {{keys::member(account, group->id, name(i)), name(i)}}}));
    const Parameters asked{{"GroupName", "team"}, {"MaxItems", "20"}};
    EXPECT_EQ(done("GetGroup", asked).texts("//UserName"), first_names(0, 20));
    EXPECT_EQ(store_->take_entries_read(keys::members(account, group->id)), 20U);
    EXPECT_EQ(listed("GetGroup", asked, "//UserName"), first_names(0, many));
}

TEST_F(Lists, UsesOfPoliciesAreCountedAgainWhenTheyChange) {
    for (int i = 0; i < 30; ++i) {
        model::ManagedPolicy policy;
        policy.name = name(i);
        policy.path = path(i);
        policy.id = "ANPA" + name(i);
        policy.default_version = "v1";
        policy.versions = {{"v1", "{}", clock_.now()}};
        put_record(keys::policy(account, policy.name), policy);
    }
    const std::string arn = "arn:aws:iam::123456789012:policy/" + name(1);
    put_holders(arn);
    const Parameters asked{{"Scope", "Local"}, {"OnlyAttached", "true"}};
    EXPECT_EQ(done("ListPolicies", asked).text("//AttachmentCount"), "125");
    EXPECT_GT(store_->take_entries_read(keys::users(account)), 0U);
    store_->take_entries_read(keys::policies(account));
    const Answer first = done("ListPolicies", {{"Scope", "Local"}, {"MaxItems", "5"}});
    EXPECT_EQ(first.texts("//PolicyName"), first_names(0, 5));
    EXPECT_EQ(store_->take_entries_read(keys::users(account)), 0U) << "nothing has changed";
    EXPECT_EQ(store_->take_entries_read(keys::policies(account)), 6U);
    done("DetachUserPolicy", {{"UserName", name(0)}, {"PolicyArn", arn}});
    EXPECT_EQ(done("ListPolicies", asked).text("//AttachmentCount"), "124");
    EXPECT_EQ(done("GetPolicy", {{"PolicyArn", arn}}).text("//AttachmentCount"), "124");
}

TEST_F(Lists, OwnPoliciesComeBeforeThoseOfAws) {
    done("CreatePolicy", {{"PolicyName", "own"}, {"PolicyDocument", harmless_policy}});
    const Names all = listed("ListPolicies", {{"MaxItems", "100"}}, "//Policies/member/Arn");
    ASSERT_GT(all.size(), 3U);
    EXPECT_EQ(all[0], "arn:aws:iam::123456789012:policy/own");
    EXPECT_TRUE(std::is_sorted(all.begin(), all.end())) << "none is left out, none comes twice";
    EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
    EXPECT_EQ(listed("ListPolicies", {{"MaxItems", "99"}, {"Scope", "AWS"}}, "//Policies/member/Arn").size(),
              all.size() - 1);
}

TEST_F(Lists, HoldersOfAPolicyComeInPages) {
    done("CreatePolicy", {{"PolicyName", "own"}, {"PolicyDocument", harmless_policy}});
    const std::string arn = "arn:aws:iam::123456789012:policy/own";
    put_holders(arn);
    const Names all = listed("ListEntitiesForPolicy", {{"PolicyArn", arn}, {"MaxItems", "40"}}, "//UserName");
    EXPECT_EQ(all.size(), 125U);
    EXPECT_EQ(listed("ListEntitiesForPolicy",
                     {{"PolicyArn", arn}, {"PathPrefix", "/few/"}, {"MaxItems", "2"}}, "//UserName"),
              (Names{"n000", "n050", "n100", "n150", "n200"}));
}

TEST_F(Lists, DetailsOfAnAccountGoOverFromKindToKind) {
    put_many<model::User>(keys::user);
    put_many<model::Group>(keys::group);
    const Parameters asked{{"MaxItems", "100"}};
    const Names users = listed("GetAccountAuthorizationDetails", asked, "//UserDetailList/member/UserName");
    EXPECT_EQ(users, first_names(0, many));
    const Names groups =
        listed("GetAccountAuthorizationDetails", asked, "//GroupDetailList/member/GroupName");
    EXPECT_EQ(groups, first_names(0, many));
    store_->take_entries_read(keys::users(account));
    store_->take_entries_read(keys::groups(account));
    const Answer first =
        done("GetAccountAuthorizationDetails", {{"MaxItems", "50"}, {"Filter.member.1", "Group"}});
    EXPECT_EQ(first.texts("//GroupDetailList/member/GroupName"), first_names(0, 50));
    EXPECT_EQ(store_->take_entries_read(keys::groups(account)), 51U);
}

}  // namespace
}  // namespace countersign::iam
