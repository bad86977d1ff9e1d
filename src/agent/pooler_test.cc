#include "agent/pooler.h"

#include <gtest/gtest.h>

#include "agent/agent_fixture.h"
#include "base/limits.h"

namespace countersign::agent {
namespace {

// Stands for the servers behind poolers: none answers before all do.
class HungServers {
public:
    AskMembership membership() {
        return [this](const databases::ServerView&, const std::string&) {
            std::unique_lock lock(mutex_);
            ++waiting_;
            changed_.notify_all();
            changed_.wait(lock, [this] { return answering_; });
            return login::Membership::member;
        };
    }
    void await(std::size_t waiting) {
        std::unique_lock lock(mutex_);
        EXPECT_TRUE(changed_.wait_for(lock, seconds(60), [&] { return waiting_ >= waiting; }));
    }
    void answer() {
        const std::lock_guard lock(mutex_);
        answering_ = true;
        changed_.notify_all();
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t waiting_ = 0;
    bool answering_ = false;
};

class PoolerTest : public AgentTest {
protected:
    PoolerTest() { membership_ = hung_.membership(); }
    ~PoolerTest() override {
        hung_.answer();
        agent_.reset();
    }

    void add_pooler(const std::string& account) {
        databases::ServerView pooler = server_;
        pooler.kind = databases::Kind::pooler;
        pooler.account = account;
        pooler.resource_id = "prx-" + account;
        pooler.agent_socket = dir_ / (account + ".sock");
        agent_->server_up(pooler);
    }
    std::unique_ptr<Backends> log_in_through(const std::string& account) const {
        return std::make_unique<Backends>(dir_ / (account + ".sock"), server_.data_directory,
                                          std::vector{question("jane", token("jane"))});
    }

    HungServers hung_;
};

TEST_F(PoolerTest, HungServersBehindPoolersDelayNoOtherLogin) {
    start();
    std::vector<std::unique_ptr<Backends>> hung;
    for (const std::string account : {"111111111111", "222222222222", "333333333333"}) {
        add_pooler(account);
        for (int i = 0; i < 3; ++i) hung.push_back(log_in_through(account));
    }
    hung_.await(hung.size());
    EXPECT_EQ(log_in("jane")->outcome(), 'a');
    EXPECT_EQ(agent_->live_sessions().size(), 1U) << "the others still wait";
    hung_.answer();
    for (const auto& one : hung) EXPECT_EQ(one->outcome(), 'r');
    for (const audit::LoginEntry& entry : heard_.await(audit::Decision::refused, hung.size()))
        EXPECT_EQ(entry.check, "policy") << "of another account";
}

TEST_F(PoolerTest, LoginsBeyondAnAccountsShareAreRefusedAtOnce) {
    start();
    add_pooler("111111111111");
    add_pooler("123456789012");
    std::vector<std::unique_ptr<Backends>> hung;
    for (std::size_t i = 0; i < limits::pooler_logins_of_one_max + 1; ++i)
        hung.push_back(log_in_through("111111111111"));
    EXPECT_EQ(heard_.await(audit::Decision::refused, 1)[0].check, "role");
    hung_.await(limits::pooler_logins_running_of_one_max);
    const auto other = log_in_through("123456789012");
    hung_.await(limits::pooler_logins_running_of_one_max + 1);
    hung_.answer();
    EXPECT_EQ(other->outcome(), 'a');
}

}  // namespace
}  // namespace countersign::agent
