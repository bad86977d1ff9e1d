// For tests of principals: a store with two users, whose reads can be slowed down.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>

#include "access/principals.h"
#include "model/aws_managed_policies.h"
#include "model/keys.h"
#include "store/memory.h"
#include "store/records.h"

namespace countersign::access {

namespace keys = model::keys;

inline const std::string account = "123456789012";
inline const std::string allow =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"rds-db:connect","Resource":"*"}})";
inline const std::string deny =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}})";
inline const std::string policy_arn = "arn:aws:iam::123456789012:policy/shared";

// A store in memory whose reads of one key take as long as the test says, and are answered with what the key
// was when they began.
class SlowStore : public store::Store {
public:
    Result<std::optional<store::Entry>> get(std::string_view key) override {
        auto entry = inner_->get(key);
        std::unique_lock lock(mutex_);
        ++reads_[std::string(key)];
        changed_.notify_all();
        changed_.wait(lock, [&] { return slow_ != key; });
        return entry;
    }
    Result<store::Page> list(std::string_view prefix, const store::ListOptions& options) override {
        return inner_->list(prefix, options);
    }
    Result<store::Revision> commit(const store::Transaction& transaction) override {
        return inner_->commit(transaction);
    }
    Result<std::optional<store::Revision>> find_commit(std::string_view id) override {
        return inner_->find_commit(id);
    }
    store::Revision revision() const override { return inner_->revision(); }
    std::unique_ptr<store::Watch> watch(std::string_view prefix, store::Revision after) override {
        return inner_->watch(prefix, after);
    }
    Result<void> compact(store::Revision before) override { return inner_->compact(before); }

    // No key with "".
    void slow_down(const std::string& key) {
        const std::lock_guard lock(mutex_);
        slow_ = key;
        changed_.notify_all();
    }
    void await_read(const std::string& key) {
        std::unique_lock lock(mutex_);
        EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(60), [&] { return reads_[key] > 0; }));
    }
    int reads(const std::string& key) {
        const std::lock_guard lock(mutex_);
        return reads_[key];
    }

private:
    std::unique_ptr<store::Store> inner_ = store::make_memory();
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::string, int> reads_;
    std::string slow_;
};

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
    std::unique_ptr<SlowStore> store_ = std::make_unique<SlowStore>();
    crypto::SealingKey sealing_{Secret(std::string(32, 'k'))};
    Principals principals_{*store_, sealing_};
};

}  // namespace countersign::access
