#include "databases/backup_retention.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "databases/fake_engine.h"
#include "model/backup_keys.h"
#include "model/keys.h"
#include "store/memory.h"
#include "store/records.h"

namespace countersign::databases {
namespace {

namespace keys = model::keys;
using namespace std::chrono_literals;

const Instant now = Instant() + 20000 * 24h;

class BackupRetention : public ::testing::Test {
protected:
    void put_cluster(const std::string& days) {
        model::DBCluster cluster;
        cluster.id = "orders";
        cluster.account = "1";
        cluster.region = "r";
        cluster.server.resource_id = "cluster-1";
        cluster.kept["BackupRetentionPeriod"] = days;
        put(keys::cluster("1", "r", "orders"), formats::to_record(cluster));
    }
    void put_backup(const std::string& id, Instant created,
                    model::SnapshotStatus status = model::SnapshotStatus::available) {
        model::Snapshot snapshot;
        snapshot.id = id;
        snapshot.account = "1";
        snapshot.region = "r";
        snapshot.of_cluster = true;
        snapshot.resource_id = "snap-" + id;
        snapshot.type = model::SnapshotType::automated;
        snapshot.status = status;
        snapshot.server.resource_id = "cluster-1";
        snapshot.created = created;
        put(keys::cluster_snapshot("1", "r", id), formats::to_record(snapshot));
    }
    void put_retained(Instant deleted, bool ending = false) {
        model::RetainedBackup backup;
        backup.id = "orders";
        backup.account = "1";
        backup.region = "r";
        backup.of_cluster = true;
        backup.resource_id = "cluster-1";
        backup.home = "db-writer";
        backup.kept["BackupRetentionPeriod"] = "2";
        backup.deleted = deleted;
        backup.ending = ending;
        put(retained_key, formats::to_record(backup));
    }
    bool is_retained() { return store_->get(retained_key)->has_value(); }
    // A database that is being restored.
    void put_restored(const std::string& snapshot, const std::string& wal_of) {
        model::DBCluster again;
        again.id = "again";
        again.account = "1";
        again.region = "r";
        again.server.resource_id = "cluster-2";
        again.server.origin = model::Origin{.snapshot = snapshot, .wal_of = wal_of};
        put(keys::cluster("1", "r", "again"), formats::to_record(again));
    }
    void put(const std::string& key, const std::string& value) {
        ASSERT_TRUE(store_->commit({{}, {{key, value}}}));
    }
    Census census_now() {
        Census census;
        const auto page = store::list_all(*store_, keys::rds());
        EXPECT_TRUE(page);
        for (const store::Entry& entry : page->entries) census.set(entry.key, entry.value);
        return census;
    }
    std::vector<std::string> left() {
        forget_old_backups({*store_, engine_, log_}, census_now(), now);
        std::vector<std::string> ids;
        const auto all = store::load_all<model::Snapshot>(*store_, keys::cluster_snapshots("1", "r"));
        EXPECT_TRUE(all);
        for (const auto& stored : *all) ids.push_back(stored.record.id);
        return ids;
    }

    const std::string retained_key = keys::retained_backup("1", "r", "cluster-1");
    std::unique_ptr<store::Store> store_ = store::make_memory();
    FakeEngine engine_;
    Log log_{LogLevel::off};
};

TEST_F(BackupRetention, TheNewestFromBeforeTheTimeStays) {
    put_cluster("2");
    put_backup("a", now - 72h);
    put_backup("b", now - 50h);
    put_backup("c", now - 49h, model::SnapshotStatus::failed);
    put_backup("d", now - 24h);
    EXPECT_EQ(left(), (std::vector<std::string>{"b", "d"}));
}

TEST_F(BackupRetention, NothingStaysWhereNothingIsKept) {
    put_cluster("0");
    put_backup("a", now - 1h);
    EXPECT_TRUE(left().empty());
}

TEST_F(BackupRetention, WhatItsDatabaseLeftGoes) {
    put_backup("a", now - 1h);
    EXPECT_TRUE(left().empty());
}

TEST_F(BackupRetention, NothingGoesWhileARecordCannotBeRead) {
    put(keys::cluster("1", "r", "orders"), "{not a record");
    put_backup("a", now - 1h);
    EXPECT_EQ(left(), std::vector<std::string>{"a"});
}

TEST_F(BackupRetention, WhatIsBeingRestoredStays) {
    put_cluster("1");
    put_backup("a", now - 72h);
    put_backup("b", now - 71h);
    put_restored("snap-a", "");
    EXPECT_EQ(left(), (std::vector<std::string>{"a", "b"}));
}

TEST_F(BackupRetention, WhatOutlivesItsDatabaseEndsWithItsRetentionTheOldestFirst) {
    put_backup("a", now - 72h);
    put_backup("b", now - 50h);
    put_backup("c", now - 24h);
    put_retained(now - 47h);
    EXPECT_EQ(left(), (std::vector<std::string>{"b", "c"}));
    EXPECT_TRUE(engine_.wal_removed().empty());
    put_retained(now - 48h);
    EXPECT_TRUE(left().empty());
    EXPECT_EQ(engine_.wal_removed(), std::vector<std::string>{"db-writer"});
    EXPECT_FALSE(is_retained());
}

TEST_F(BackupRetention, WhatIsToEndEndsAtOnce) {
    put_backup("a", now - 1h);
    put_retained(now - 1h, true);
    EXPECT_TRUE(left().empty());
    EXPECT_FALSE(is_retained());
}

TEST_F(BackupRetention, WhatIsRestoredAfterItsDatabaseStays) {
    put_backup("a", now - 72h);
    put_retained(now - 72h);
    put_restored("snap-a", "db-writer");
    EXPECT_EQ(left(), std::vector<std::string>{"a"});
    EXPECT_TRUE(is_retained());
}

TEST_F(BackupRetention, AnEndWaitsForWhatIsRestored) {
    put_backup("a", now - 72h);
    put_backup("b", now - 71h);
    put_retained(now - 72h);
    put_restored("snap-a", "");
    EXPECT_EQ(left(), (std::vector<std::string>{"a", "b"}));
    EXPECT_TRUE(is_retained());
    put(keys::cluster("1", "r", "again"), formats::to_record(model::DBCluster()));
    EXPECT_TRUE(left().empty());
    EXPECT_FALSE(is_retained());
}

TEST_F(BackupRetention, NothingGoesWhileARetainedBackupCannotBeRead) {
    put_backup("a", now - 72h);
    put(retained_key, "{not a record");
    EXPECT_EQ(left(), std::vector<std::string>{"a"});
}

TEST_F(BackupRetention, NothingGoesWhileASnapshotCannotBeRead) {
    put_backup("a", now - 72h);
    put_retained(now - 72h);
    put(keys::cluster_snapshot("1", "r", "b"), "{not a record");
    const Census census = census_now();
    forget_old_backups({*store_, engine_, log_}, census, now);
    EXPECT_TRUE(is_retained());
    EXPECT_TRUE(engine_.wal_removed().empty());
}

// The news of a deletion come in parts.
TEST_F(BackupRetention, WhatIsRetainedSinceTheCensusStays) {
    put_backup("a", now - 1h);
    const Census census = census_now();
    put_retained(now);
    forget_old_backups({*store_, engine_, log_}, census, now);
    EXPECT_EQ(left(), std::vector<std::string>{"a"});
}

TEST_F(BackupRetention, AnEndIsNotBegunWhileItIsRestoredFrom) {
    put_retained(now);
    put_restored("snap-a", "db-writer");
    auto stored = store::load<model::RetainedBackup>(*store_, retained_key);
    ASSERT_TRUE(stored && *stored);
    EXPECT_EQ(begin_end_of(*store_, **stored).error().fault, Fault::conflict);
    put(keys::cluster("1", "r", "again"), formats::to_record(model::DBCluster()));
    const auto ending = begin_end_of(*store_, **stored);
    ASSERT_TRUE(ending);
    EXPECT_TRUE(ending->record.ending);
    put_retained(now);
    EXPECT_EQ(begin_end_of(*store_, **stored).error().code, store::lost_race) << "somebody wrote it";
}

}  // namespace
}  // namespace countersign::databases
