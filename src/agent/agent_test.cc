#include "agent/agent.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "agent/agent_fixture.h"

namespace countersign::agent {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST_F(AgentTest, FollowsTheSessionsThatItLetsIn) {
    start();
    const auto jane = log_in("jane");
    ASSERT_EQ(jane->outcome(), 'a');
    const auto live = agent_->live_sessions();
    ASSERT_EQ(live.size(), 1U);
    EXPECT_EQ(live[0].backend_pid, jane->process().pid());
    EXPECT_GT(live[0].backend_started, 0);
    EXPECT_EQ(live[0].source_identity, "alice");
    const auto allowed = heard_.await(audit::Decision::allowed, 1);
    EXPECT_EQ(allowed[0].backend_started, live[0].backend_started);

    SessionEnd order;
    order.by = "arn:aws:iam::123456789012:root";
    order.filter.login_ids = {live[0].login_id};
    order.begun_until = clock_.now();
    agent_->end_sessions(order);
    EXPECT_EQ(jane->await_end(), SIGTERM);
    EXPECT_EQ(heard_.await(audit::Decision::ended, 1)[0].login_id, live[0].login_id);
}

TEST_F(AgentTest, RefusesProcessesOfOtherServers) {
    start();
    fs::create_directory(dir_ / "other");
    Backends stranger(server_.agent_socket, dir_ / "other", {question("jane", token("jane"))});
    EXPECT_EQ(stranger.outcome(), '-');
    EXPECT_EQ(log_in("jane")->outcome(), 'a');
}

TEST_F(AgentTest, EndsSessionsThatAreNoLongerAllowed) {
    options_.end_revoked_sessions = true;
    start();
    const auto jane = log_in("jane");
    const auto bob = log_in("bob");
    ASSERT_EQ(jane->outcome(), 'a');
    ASSERT_EQ(bob->outcome(), 'a');
    records_.give(allow_bob);
    agent_->changes().notify();
    EXPECT_EQ(jane->await_end(), SIGTERM);
    EXPECT_THAT(heard_.await(audit::Decision::ended, 1)[0].reason, StartsWith("no longer allowed: policy: "));
    server_.iam_enabled = false;
    agent_->server_up(server_);
    EXPECT_EQ(bob->await_end(), SIGTERM);
    EXPECT_THAT(heard_.await(audit::Decision::ended, 2)[1].reason, HasSubstr("resource"));
}

TEST_F(AgentTest, LeavesSessionsAloneUnlessAsked) {
    start();
    const auto jane = log_in("jane");
    ASSERT_EQ(jane->outcome(), 'a');
    records_.give(allow_bob);
    agent_->changes().notify();
    EXPECT_EQ(log_in("jane")->outcome(), 'r');
    EXPECT_EQ(agent_->live_sessions().size(), 1U);
}

TEST_F(AgentTest, EndsNothingBecauseTheControlPlaneIsAway) {
    options_.end_revoked_sessions = true;
    start();
    const auto jane = log_in("jane");
    ASSERT_EQ(jane->outcome(), 'a');
    records_.go_away();
    agent_->changes().notify();
    records_.await_question();
    agent_->stop();
    EXPECT_EQ(::kill(jane->process().pid(), 0), 0);
    EXPECT_EQ(agent_->live_sessions().size(), 1U);
}

TEST_F(AgentTest, FindsSessionsAgainAndJudgesThem) {
    options_.end_revoked_sessions = true;
    start();
    const auto jane = log_in("jane");
    ASSERT_EQ(jane->outcome(), 'a');
    agent_.reset();
    records_.give(allow_bob);
    start();
    EXPECT_EQ(jane->await_end(), SIGTERM);
}

TEST_F(AgentTest, LetsAOneTimeTokenInOnce) {
    server_.tags = {{"countersign:one-time-tokens", "jane"}};
    start();
    constexpr int presented = 20;
    const std::string one = question("jane", token("jane"));
    std::vector<std::unique_ptr<Backends>> backends;
    for (int i = 0; i < presented; ++i) backends.push_back(ask({one}));
    int allowed = 0;
    for (const auto& backend : backends)
        if (backend->outcome() == 'a') ++allowed;
    EXPECT_EQ(allowed, 1);
    for (const audit::LoginEntry& entry : heard_.await(audit::Decision::refused, presented - 1))
        EXPECT_EQ(entry.check, "token.replay");
    const auto bob = ask({question("bob", token("bob")), question("bob", token("bob"))});
    EXPECT_EQ(bob->outcome(), 'a');
    EXPECT_EQ(bob->outcome(), 'a') << "not asked for bob";

    agent_.reset();
    start(heard_.await(audit::Decision::allowed, 3));
    EXPECT_EQ(ask({one})->outcome(), 'r') << "remembered over a restart";
    EXPECT_EQ(ask({question("jane", token("jane", seconds(1)))})->outcome(), 'a');
}

TEST_F(AgentTest, ARefusedLoginDoesNotUseATokenUp) {
    server_.tags = {{"countersign:one-time-tokens", "*"}};
    start();
    records_.give(allow_bob);
    const std::string one = question("jane", token("jane"));
    EXPECT_EQ(ask({one})->outcome(), 'r');
    EXPECT_EQ(heard_.await(audit::Decision::refused, 1)[0].check, "policy");
    EXPECT_EQ(heard_.await(audit::Decision::refused, 1)[0].reason_code, "policy_denies");
    records_.give(allow_all);
    EXPECT_EQ(ask({one})->outcome(), 'a');
}

TEST_F(AgentTest, ThrottlesNewTokensAsAwsDoes) {
    options_.aws_throttle = true;
    start();
    constexpr int tokens = 890;
    std::vector<std::string> questions(tokens, question("jane", token("jane")));
    const auto repeated = ask(questions);
    for (int i = 0; i < tokens; ++i) ASSERT_EQ(repeated->outcome(), 'a');
    for (int i = 0; i < tokens; ++i)
        questions[static_cast<std::size_t>(i)] = question("jane", token("jane", seconds(i)));
    const auto distinct = ask(questions);
    int refused = 0;
    for (int i = 0; i < tokens; ++i)
        if (distinct->outcome() == 'r') ++refused;
    EXPECT_GT(refused, 0);
    for (const audit::LoginEntry& entry :
         heard_.await(audit::Decision::refused, static_cast<std::size_t>(refused)))
        EXPECT_EQ(entry.check, "throttle");
}

// From many addresses, so that none of them is slowed down.
TEST_F(AgentTest, MadeUpTokensUseUpNothingOfTheThrottle) {
    options_.aws_throttle = true;
    start();
    constexpr int tokens = 890;
    std::vector<std::string> questions;
    for (int i = 0; i < tokens; ++i) {
        std::string forged = token("jane", seconds(i));
        forged.back() = forged.back() == '0' ? '1' : '0';
        questions.push_back(question("jane", forged, "10.0.1." + std::to_string(i)));
    }
    const auto forgeries = ask(questions);
    for (int i = 0; i < tokens; ++i) ASSERT_EQ(forgeries->outcome(), 'r');
    EXPECT_EQ(ask({question("jane", token("jane"))})->outcome(), 'a');
    for (const audit::LoginEntry& entry : heard_.await(audit::Decision::refused, tokens))
        EXPECT_EQ(entry.check, "signature");
}

// More often than there are workers.
TEST_F(AgentTest, ALoginThatThrowsIsNotAnsweredAndTheNextOneIs) {
    start();
    records_.break_down(true);
    constexpr int logins = 20;
    const auto broken = ask(std::vector<std::string>(logins, question("jane", token("jane"))));
    for (int i = 0; i < logins; ++i) EXPECT_EQ(broken->outcome(), '-');
    records_.break_down(false);
    EXPECT_EQ(log_in("jane")->outcome(), 'a');
    EXPECT_TRUE(heard_.await(audit::Decision::refused, 0).empty());
}

struct Breakable : audit::LoginListener {
    void on_login(const audit::LoginEntry&) override {
        if (breaks.exchange(false)) throw std::runtime_error("out of memory");
    }
    std::atomic<bool> breaks = true;
};

TEST_F(AgentTest, OfALoginThatThrowsNoSessionIsLeft) {
    Breakable listener;
    audit_ = std::make_unique<audit::Audit>(*log_file_, std::vector<audit::LoginListener*>{&listener});
    start();
    EXPECT_EQ(log_in("jane")->outcome(), '-');
    EXPECT_TRUE(agent_->live_sessions().empty());
    EXPECT_EQ(log_in("jane")->outcome(), 'a');
    EXPECT_EQ(agent_->live_sessions().size(), 1U);
    agent_.reset();  // before the listener
}

TEST_F(AgentTest, WhatAReviewThatThrewLeftIsReviewedAgain) {
    options_.end_revoked_sessions = true;
    start();
    const auto jane = log_in("jane");
    ASSERT_EQ(jane->outcome(), 'a');
    records_.give(allow_bob);
    records_.break_down(true);
    agent_->changes().notify();
    records_.await_question();
    records_.break_down(false);
    EXPECT_EQ(jane->await_end(), SIGTERM);
}

TEST_F(AgentTest, SilentConnectionsHoldNoWorker) {
    start();
    constexpr int silent = 400;
    Backends mute(server_.agent_socket, server_.data_directory, {}, silent);
    ASSERT_EQ(mute.outcome(), 's');
    EXPECT_EQ(log_in("jane")->outcome(), 'a');
    EXPECT_TRUE(heard_.await(audit::Decision::refused, 0).empty());
}

}  // namespace
}  // namespace countersign::agent
