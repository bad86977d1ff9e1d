#include "agent/hba_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "audit/files.h"

namespace countersign::agent {
namespace {

namespace fs = std::filesystem;
using audit::HbaNote;
using databases::HbaState;
using testing::HasSubstr;

std::optional<HbaNote> told(HbaHistory& history, HbaState state, bool has_members = true) {
    return history.seen(state, has_members).tell;
}

TEST(HbaHistory, WhatIsInOrderFromTheBeginningIsNotToldOf) {
    HbaHistory history(std::nullopt);
    EXPECT_EQ(told(history, HbaState::in_order), std::nullopt);
    EXPECT_EQ(told(history, HbaState::in_order), std::nullopt);
}

TEST(HbaHistory, AChangeIsToldOnceWhenItIsSeenTwice) {
    HbaHistory history(std::nullopt);
    const HbaHistory::Step first = history.seen(HbaState::overtaken, true);
    EXPECT_EQ(first.tell, std::nullopt);
    EXPECT_TRUE(first.look_soon);
    EXPECT_EQ(told(history, HbaState::overtaken), HbaNote::overtaken);
    EXPECT_EQ(told(history, HbaState::overtaken), std::nullopt);
    EXPECT_EQ(told(history, HbaState::gone), std::nullopt);
    EXPECT_EQ(told(history, HbaState::gone), HbaNote::gone);
    EXPECT_EQ(told(history, HbaState::in_order), HbaNote::in_order);
    EXPECT_EQ(told(history, HbaState::in_order), std::nullopt);
}

TEST(HbaHistory, AMomentRaisesNothing) {
    HbaHistory history(std::nullopt);
    EXPECT_EQ(told(history, HbaState::gone), std::nullopt);
    EXPECT_EQ(told(history, HbaState::in_order), std::nullopt);
    EXPECT_EQ(told(history, HbaState::gone), std::nullopt);
    history.not_running();
    EXPECT_EQ(told(history, HbaState::gone), std::nullopt);
}

TEST(HbaHistory, GoesOnWithWhatTheAuditSays) {
    HbaHistory bad(HbaNote::overtaken);
    EXPECT_EQ(told(bad, HbaState::overtaken), std::nullopt);
    EXPECT_EQ(told(bad, HbaState::overtaken), std::nullopt);
    EXPECT_EQ(told(bad, HbaState::in_order), HbaNote::in_order);
}

TEST(HbaHistory, LinesThatAreYetToComeAreMissedOnceThereAreMembers) {
    HbaHistory history(std::nullopt);
    for (int looks = 0; looks < 3; ++looks) EXPECT_EQ(told(history, HbaState::gone, false), std::nullopt);
    EXPECT_EQ(told(history, HbaState::gone), std::nullopt);
    EXPECT_EQ(told(history, HbaState::gone), HbaNote::gone);
}

TEST(HbaHistory, AServerThatCannotBeAskedIsToldOfAfterThreeLooks) {
    HbaHistory history(std::nullopt);
    EXPECT_EQ(history.unseen().tell, std::nullopt);
    EXPECT_EQ(history.unseen().tell, std::nullopt);
    EXPECT_EQ(history.unseen().tell, HbaNote::unseen);
    EXPECT_EQ(history.unseen().tell, std::nullopt);
    EXPECT_EQ(told(history, HbaState::in_order), HbaNote::in_order);
}

// Hears of lines, and of nothing else.
class HeardNotes : public audit::LoginListener {
public:
    void on_login(const audit::LoginEntry& entry) override {
        const MutexLock lock(mutex_);
        lines_.push_back(entry);
        news_.notify_all();
    }
    std::vector<audit::LoginEntry> await(std::size_t count) {
        const MutexLock lock(mutex_);
        news_.wait_for(mutex_, std::chrono::seconds(30),
                       [&]() REQUIRES(mutex_) { return lines_.size() >= count; });
        return lines_;
    }

private:
    Mutex mutex_;
    Condition news_;
    std::vector<audit::LoginEntry> lines_ GUARDED_BY(mutex_);
};

class Forwarded : public databases::Observer {
public:
    void server_up(const databases::ServerView&) override { ++up; }
    void server_down(std::string_view) override { ++down; }
    void login_refused(const databases::RefusedLogin&) override {}
    void log_lost(std::string_view, std::uint64_t) override {}
    int up = 0;
    int down = 0;
};

class HbaWatchTest : public testing::Test {
protected:
    HbaWatchTest() {
        std::string name = (fs::temp_directory_path() / "hba-watch-XXXXXX").string();
        directory_ = ::mkdtemp(name.data());
        log_file_ = std::make_unique<audit::LoginLog>(*audit::LoginLog::open(directory_ / "login.log"));
        audit_ = std::make_unique<audit::Audit>(*log_file_, std::vector<audit::LoginListener*>{&heard_});
        server_.resource_id = "db-ONE";
        server_.identifier = "orders";
        server_.account = "123456789012";
        server_.region = "us-east-1";
        server_.kind = databases::Kind::instance;
        server_.iam_enabled = true;
        server_.master_username = "postgres";
    }
    ~HbaWatchTest() override { fs::remove_all(directory_); }

    static databases::HbaRule rule(unsigned line, const std::string& user, const std::string& method) {
        databases::HbaRule rule;
        rule.line = line;
        rule.type = "host";
        rule.databases = {"all"};
        rule.users = {user};
        rule.address = "all";
        rule.method = method;
        return rule;
    }

    // A line for that user stands in front of Countersign's.
    void put(const std::string& user) {
        databases::HbaRule ours = rule(2, "+rds_iam", "pam");
        ours.options = {"pamservice=countersign-db-one"};
        databases::HbaFacts facts;
        facts.has_rds_iam = true;
        facts.members = {"jane"};
        facts.roles = {"jane", "rds_iam"};
        facts.rules = {rule(1, user, "md5"), ours};
        const MutexLock lock(mutex_);
        facts_ = facts;
    }

    std::unique_ptr<HbaWatch> watch() {
        HbaWatch::Deps deps{next_, *audit_, clock_, random_, log_, [](const auto&, auto) {}};
        deps.ask = [this](const databases::ServerView&) -> Result<databases::HbaFacts> {
            const MutexLock lock(mutex_);
            return facts_;
        };
        return std::make_unique<HbaWatch>(
            std::move(deps),
            HbaWatch::Settings{"db7", std::chrono::milliseconds(1), std::chrono::milliseconds(1)});
    }

    fs::path directory_;
    Log log_{LogLevel::off};
    SystemClock clock_;
    crypto::SystemRandom random_;
    HeardNotes heard_;
    Forwarded next_;
    std::unique_ptr<audit::LoginLog> log_file_;
    std::unique_ptr<audit::Audit> audit_;
    databases::ServerView server_;
    Mutex mutex_;
    databases::HbaFacts facts_ GUARDED_BY(mutex_);
};

TEST_F(HbaWatchTest, AChangeIsALineOfTheAuditAboutTheServer) {
    put("all");
    const auto made = watch();
    made->start();
    made->server_up(server_);
    const audit::LoginEntry alarm = heard_.await(1).at(0);
    EXPECT_EQ(alarm.decision, audit::Decision::noted);
    EXPECT_EQ(audit::hba_note_in(alarm), HbaNote::overtaken);
    EXPECT_EQ(alarm.database, "orders");
    EXPECT_EQ(alarm.resource_id, "db-ONE");
    EXPECT_EQ(alarm.agent, "db7");
    EXPECT_THAT(alarm.reason, HasSubstr("line 1 of pg_hba.conf (host, md5)"));
    EXPECT_THAT(alarm.reason, HasSubstr("countersign attach orders --print"));
    put("app");
    EXPECT_EQ(audit::hba_note_in(heard_.await(2).at(1)), HbaNote::in_order);
    made->server_down("db-ONE");
    made->stop();
    EXPECT_EQ(heard_.await(2).size(), 2U) << "once a change";
    EXPECT_EQ(next_.up, 1);
    EXPECT_EQ(next_.down, 1);
}

TEST_F(HbaWatchTest, ARestartedWatchGoesOnWithTheAudit) {
    put("all");
    {
        const auto first = watch();
        first->start();
        first->server_up(server_);
        heard_.await(1);
    }
    const auto second = watch();
    second->remember(heard_.await(1).at(0));
    put("app");
    second->server_up(server_);
    second->start();
    EXPECT_EQ(audit::hba_note_in(heard_.await(2).at(1)), HbaNote::in_order);
}

TEST_F(HbaWatchTest, PoolersAndServersWithoutIamAreNotLookedAt) {
    put("all");
    const auto made = watch();
    databases::ServerView pooler = server_;
    pooler.resource_id = "prx-ONE";
    pooler.kind = databases::Kind::pooler;
    databases::ServerView off = server_;
    off.resource_id = "db-OFF";
    off.iam_enabled = false;
    made->server_up(pooler);
    made->server_up(off);
    made->server_up(server_);
    made->start();
    EXPECT_EQ(heard_.await(1).at(0).resource_id, "db-ONE");
    made->stop();
    EXPECT_EQ(heard_.await(1).size(), 1U);
}

}  // namespace
}  // namespace countersign::agent
