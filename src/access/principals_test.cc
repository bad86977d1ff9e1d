#include "access/principals.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "model/aws_managed_policies.h"
#include "model/keys.h"
#include "store/memory.h"
#include "store/records.h"

namespace countersign::access {
namespace {

namespace keys = model::keys;

const std::string account = "123456789012";
const std::string allow =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"rds-db:connect","Resource":"*"}})";
const std::string deny =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}})";
const std::string policy_arn = "arn:aws:iam::123456789012:policy/shared";

// Two users, jane of a group and with a managed policy, bob with nothing; each with a key of its own.
class PrincipalsTest : public testing::Test {
protected:
    PrincipalsTest() {
        model::Account record;
        record.id = account;
        put(keys::account_record(account), record);
        put(keys::guardrail(account, "FullAWSAccess"), model::unrestricted({}));
        model::Group group;
        group.name = "team";
        group.id = "AGPA1";
        put(keys::group(account, "team"), group);
        commit(keys::group_name(account, "AGPA1"), "team");
        put_policy(allow);
        put_user("jane", {"AGPA1"}, {policy_arn});
        put_user("bob", {}, {});
    }

    template <class Record>
    void put(const std::string& key, const Record& record) {
        ASSERT_TRUE(store_->commit({{}, {store::put(key, record)}}));
    }
    void commit(const std::string& key, const std::string& value) {
        ASSERT_TRUE(store_->commit({{}, {store::Write{key, value}}}));
    }
    void put_policy(const std::string& document) {
        model::ManagedPolicy policy;
        policy.name = "shared";
        policy.default_version = "v1";
        policy.versions.push_back({"v1", document, {}});
        put(keys::policy(account, "shared"), policy);
    }
    void put_user(const std::string& name, std::vector<std::string> groups,
                  std::vector<std::string> attached) {
        model::User user;
        user.name = name;
        user.path = "/";
        user.id = "AIDA" + name;
        user.groups = std::move(groups);
        user.attached_policies = std::move(attached);
        put(keys::user(account, name), user);
        put_key(name, model::KeyStatus::Active);
    }
    void put_key(const std::string& user, model::KeyStatus status) {
        model::AccessKey key;
        key.id = "AKIA" + user;
        key.account = account;
        key.user = user;
        key.status = status;
        key.sealed_secret = sealing_.seal(Secret("secret of " + user), keys::access_key(key.id), random_);
        put(keys::access_key(key.id), key);
    }
    KeyHolderPointer find(const std::string& user) {
        auto found = principals_.find("AKIA" + user, "");
        EXPECT_TRUE(found);
        return found ? *found : nullptr;
    }

    crypto::SystemRandom random_;
    std::unique_ptr<store::Store> store_ = store::make_memory();
    crypto::SealingKey sealing_{Secret(std::string(32, 'k'))};
    Principals principals_{*store_, sealing_};
};

TEST_F(PrincipalsTest, AreKeptWhileNothingChanges) {
    const KeyHolderPointer jane = find("jane");
    commit("/rds/something", "else");
    EXPECT_EQ(find("jane"), jane);
}

TEST_F(PrincipalsTest, AChangeTouchesThoseMadeOfItAndNobodyElse) {
    const std::vector<std::function<void()>> changes = {
        [this] { put_policy(deny); }, [this] { put_key("jane", model::KeyStatus::Inactive); },
        [this] { put_user("jane", {}, {policy_arn}); },
        [this] { commit(keys::group_name(account, "AGPA1"), "team"); }};
    for (const auto& change : changes) {
        put_user("jane", {"AGPA1"}, {policy_arn});
        const KeyHolderPointer jane = find("jane");
        const KeyHolderPointer bob = find("bob");
        change();
        EXPECT_NE(find("jane"), jane);
        EXPECT_EQ(find("bob"), bob);
    }
}

TEST_F(PrincipalsTest, AChangedPolicyIsTheOneThatCounts) {
    ASSERT_NE(find("jane"), nullptr);
    put_policy(deny);
    const policy::Request request{find("jane")->principal->arn, account, "rds-db:connect", "*", "", {}};
    EXPECT_EQ(policy::evaluate(find("jane")->principal->policies, request).effect(),
              policy::Effect::explicit_deny);
}

TEST_F(PrincipalsTest, ANewGuardrailTouchesTheWholeAccount) {
    const KeyHolderPointer jane = find("jane");
    const KeyHolderPointer bob = find("bob");
    put(keys::guardrail(account, "closed"), model::Guardrail{"closed", deny, {}});
    EXPECT_NE(find("jane"), jane);
    EXPECT_NE(find("bob"), bob);
    EXPECT_TRUE(find("bob")->principal->policies.guardrails);
}

TEST_F(PrincipalsTest, ADeletedKeyIsGone) {
    ASSERT_NE(find("bob"), nullptr);
    ASSERT_TRUE(store_->commit({{}, {store::erase(keys::access_key("AKIAbob"))}}));
    EXPECT_EQ(find("bob"), nullptr);
}

TEST_F(PrincipalsTest, SourcesNameEachRecordOnce) {
    const std::vector<std::string> sources = find("jane")->sources;
    for (const std::string& key :
         {keys::access_key("AKIAjane"), keys::user(account, "jane"), keys::policy(account, "shared"),
          keys::group(account, "team"), keys::group_name(account, "AGPA1"), keys::guardrails(account)})
        EXPECT_EQ(std::ranges::count(sources, key), 1) << key;
    EXPECT_EQ(std::ranges::count(find("bob")->sources, keys::user(account, "jane")), 0);
}

TEST_F(PrincipalsTest, ManyChangesAtOnceAreAllSeen) {
    const KeyHolderPointer jane = find("jane");
    for (int i = 0; i < 2500; ++i) commit(keys::user(account, "other" + std::to_string(i)), "{}");
    EXPECT_EQ(find("jane"), jane);
    put_key("jane", model::KeyStatus::Inactive);
    for (int i = 0; i < 2500; ++i) commit(keys::user(account, "other" + std::to_string(i)), "{}");
    EXPECT_EQ(find("jane")->status, model::KeyStatus::Inactive);
}

}  // namespace
}  // namespace countersign::access
