// Databases over an engine that is a few flags: what the store and a thread's failure can do to it.
#include "databases/databases.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "databases/fake_engine.h"
#include "model/backup_keys.h"
#include "model/keys.h"
#include "model/snapshots.h"
#include "store/memory.h"
#include "store/records.h"

namespace countersign::databases {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;
using namespace std::chrono_literals;
namespace keys = model::keys;

class DatabasesTest : public ::testing::Test {
protected:
    static constexpr const char* account = "123456789012";
    static constexpr const char* region = "us-east-1";

    void SetUp() override { ASSERT_TRUE(databases_.start()); }

    void create(const std::string& id) {
        model::DBInstance instance;
        instance.id = id;
        instance.account = account;
        instance.region = region;
        instance.resource_id = "db-" + id;
        instance.status = model::DatabaseStatus::creating;
        instance.server = model::Server();
        instance.server->resource_id = instance.resource_id;
        ASSERT_TRUE(store_->commit({{}, {store::put(key(id), instance)}}));
    }

    std::string key(const std::string& id) const { return keys::instance(account, region, id); }

    std::string status(const std::string& id) {
        const auto stored = store::load<model::DBInstance>(*store_, key(id));
        return stored && *stored ? std::string(text_of((*stored)->record.status)) : "gone";
    }

    void halt(const std::string& id, model::Halt halt, model::DatabaseStatus shown) {
        const auto asked = store::retry_races([&]() -> Result<store::Revision> {
            auto stored = TRY(store::load<model::DBInstance>(*store_, key(id)));
            stored->record.halt = halt;
            stored->record.status = shown;
            return store_->commit({{stored->unchanged()}, {store::put(stored->key, stored->record)}});
        });
        ASSERT_TRUE(asked);
    }

    std::vector<std::string> messages() {
        const auto events = store::load_all<model::Event>(*store_, keys::events(account, region));
        std::vector<std::string> messages;
        for (const auto& event : *events) messages.push_back(event.record.message);
        return messages;
    }

    bool becomes(const std::string& id, const std::string& wanted) {
        for (int tries = 0; tries < 2000; ++tries) {
            if (status(id) == wanted) return true;
            std::this_thread::sleep_for(5ms);
        }
        return false;
    }

    std::unique_ptr<store::Store> store_ = store::make_memory();
    FakeEngine engine_;
    SystemClock clock_;
    crypto::SystemRandom random_;
    Log log_{LogLevel::off};
    Databases databases_{{*store_, engine_, clock_, random_, log_}};
};

TEST_F(DatabasesTest, AServerIsMadeStepByStep) {
    create("one");
    ASSERT_TRUE(becomes("one", "available"));
    EXPECT_THAT(engine_.steps("db-one"), ElementsAre(Step::make_storage, Step::record_storage, Step::start,
                                                     Step::make_accounts, Step::show_settled));
}

TEST_F(DatabasesTest, AThrowCostsOneServerOneRoundAndNobodyElseAnything) {
    std::atomic<int> thrown = 0;
    engine_.interfere([&](const std::string& id, Step step) -> Result<void> {
        if (id == "db-bad" && step == Step::start && thrown++ < 2) throw std::runtime_error("a bug");
        return {};
    });
    create("bad");
    create("good");
    EXPECT_TRUE(becomes("good", "available"));
    EXPECT_TRUE(becomes("bad", "available")) << "its worker never came back to it";
    EXPECT_EQ(thrown, 3);
}

TEST_F(DatabasesTest, AStepThatFailsIsShownAndTriedAgain) {
    std::atomic<bool> fails = true;
    engine_.interfere([&](const std::string&, Step step) -> Result<void> {
        if (step == Step::start && fails) return Error{Fault::unavailable, "no memory"};
        return {};
    });
    create("one");
    ASSERT_TRUE(becomes("one", "failed"));
    fails = false;
    EXPECT_TRUE(becomes("one", "available"));
}

TEST_F(DatabasesTest, WhatIsToLieStillStopsAndIsStartedWhenSomebodyAsksForIt) {
    create("one");
    ASSERT_TRUE(becomes("one", "available"));
    halt("one", model::Halt::stopped, model::DatabaseStatus::stopping);
    ASSERT_TRUE(becomes("one", "stopped"));
    EXPECT_FALSE(engine_.state("db-one").process);
    databases_.stop();
    Databases again({*store_, engine_, clock_, random_, log_});
    ASSERT_TRUE(again.start());
    again.look_now(5s);
    EXPECT_EQ(status("one"), "stopped");
    EXPECT_FALSE(engine_.state("db-one").process);
    halt("one", model::Halt::starting, model::DatabaseStatus::starting);
    ASSERT_TRUE(becomes("one", "available"));
    EXPECT_TRUE(engine_.state("db-one").process);
    again.stop();
    const auto told = messages();
    EXPECT_EQ(std::ranges::count(told, "DB instance stopped"), 1);
    EXPECT_EQ(std::ranges::count(told, "DB instance started"), 1);
}

TEST_F(DatabasesTest, ACrashIsSeenAndTheServerComesBack) {
    create("one");
    ASSERT_TRUE(becomes("one", "available"));
    engine_.change("db-one", [](Observation& state) {
        state.process = false;
        state.crashed = true;
    });
    for (int tries = 0; tries < 2000 && !engine_.state("db-one").process; ++tries)
        std::this_thread::sleep_for(5ms);
    EXPECT_TRUE(engine_.state("db-one").process);
}

// Between a commit and the news of it, a worker looks for the record where it was.
TEST_F(DatabasesTest, AServerThatIsRenamedRunsOn) {
    create("one");
    ASSERT_TRUE(becomes("one", "available"));
    std::string name = "one";
    for (int i = 0; i < 50; ++i) {
        const std::string other = "name-" + std::to_string(i);
        const auto moved = store::retry_races([&]() -> Result<store::Revision> {
            auto stored = TRY(store::load<model::DBInstance>(*store_, key(name)));
            stored->record.id = other;
            return store_->commit(
                {{stored->unchanged()}, {store::erase(stored->key), store::put(key(other), stored->record)}});
        });
        ASSERT_TRUE(moved);
        name = other;
        databases_.look_now(5s);
    }
    engine_.change("db-one", [&](Observation& state) { state.version = "15.99"; });
    const auto version = [&] {
        const auto stored = store::load<model::DBInstance>(*store_, key(name));
        return stored && *stored ? (*stored)->record.server->engine_version : "";
    };
    for (int tries = 0; tries < 2000 && version() != "15.99"; ++tries) std::this_thread::sleep_for(5ms);
    EXPECT_EQ(version(), "15.99");
    EXPECT_TRUE(engine_.state("db-one").process);
    EXPECT_THAT(engine_.steps("db-one"), Not(Contains(Step::stop)));
}

TEST_F(DatabasesTest, AnotherPostgresThanTheRecordSaysIsShownAndToldOf) {
    create("one");
    ASSERT_TRUE(becomes("one", "available"));
    const auto version = [&] {
        const auto stored = store::load<model::DBInstance>(*store_, key("one"));
        return stored && *stored ? (*stored)->record.server->engine_version : "";
    };
    for (const char* runs : {"15.17", "15.18"}) {
        engine_.change("db-one", [&](Observation& state) { state.version = runs; });
        for (int tries = 0; tries < 2000 && version() != runs; ++tries) std::this_thread::sleep_for(5ms);
        EXPECT_EQ(version(), runs);
    }
    EXPECT_THAT(messages(), Contains("PostgreSQL was upgraded from version 15.17 to 15.18 on this machine"));
    EXPECT_EQ(status("one"), "available");
}

TEST_F(DatabasesTest, AServerWithoutARecordIsStoppedAndItsDataStays) {
    create("one");
    ASSERT_TRUE(becomes("one", "available"));
    ASSERT_TRUE(store_->commit({{}, {store::erase(key("one"))}}));
    for (int tries = 0; tries < 2000 && engine_.state("db-one").process; ++tries)
        std::this_thread::sleep_for(5ms);
    EXPECT_FALSE(engine_.state("db-one").process);
    EXPECT_TRUE(engine_.state("db-one").storage);
    EXPECT_THAT(engine_.steps("db-one"), Not(Contains(Step::remove_storage)));
}

// What outlives it has a record in the moment in which its own goes, and what does not has none.
TEST_F(DatabasesTest, ADeletedDatabaseLeavesTheBackupsThatItIsToLeave) {
    const auto backups = [&] {
        return store::load_all<model::RetainedBackup>(*store_, keys::retained_backups(account, region));
    };
    const auto back_up = [&](const std::string& id) {
        model::Snapshot snapshot;
        snapshot.id = "rds:" + id;
        snapshot.type = model::SnapshotType::automated;
        snapshot.status = model::SnapshotStatus::available;
        snapshot.server.resource_id = "db-" + id;
        snapshot.created = clock_.now();
        return store_->commit({{}, {store::put(keys::snapshot(account, region, snapshot.id), snapshot)}});
    };
    for (const std::string id : {"unsaid", "never-backed-up", "kept"}) {
        create(id);
        ASSERT_TRUE(becomes(id, "available"));
        ASSERT_TRUE(id == "never-backed-up" || back_up(id));
        ASSERT_TRUE(store::retry_races([&]() -> Result<store::Revision> {
            auto stored = TRY(store::load<model::DBInstance>(*store_, key(id)));
            stored->record.wish = model::Wish::deleted;
            if (id != "unsaid") stored->record.kept["DeleteAutomatedBackups"] = "false";
            return store_->commit({{stored->unchanged()}, {store::put(stored->key, stored->record)}});
        }));
        ASSERT_TRUE(becomes(id, "gone"));
        ASSERT_EQ(backups()->size(), id == "kept" ? 1U : 0U) << id;
    }
    EXPECT_EQ(backups()->front().record.id, "kept");
    EXPECT_EQ(backups()->front().key, keys::retained_backup(account, region, "db-kept"));
}

}  // namespace
}  // namespace countersign::databases
