#include "databases/backup_retention.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "databases/fake_engine.h"
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
    void put(const std::string& key, const std::string& value) {
        ASSERT_TRUE(store_->commit({{}, {{key, value}}}));
    }
    std::vector<std::string> left() {
        Census census;
        const auto page = store::list_all(*store_, keys::rds());
        EXPECT_TRUE(page);
        for (const store::Entry& entry : page->entries) census.set(entry.key, entry.value);
        forget_old_backups({*store_, engine_, log_}, census, now);
        std::vector<std::string> ids;
        const auto all = store::load_all<model::Snapshot>(*store_, keys::cluster_snapshots("1", "r"));
        EXPECT_TRUE(all);
        for (const auto& stored : *all) ids.push_back(stored.record.id);
        return ids;
    }

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
    model::DBCluster again;
    again.id = "again";
    again.account = "1";
    again.region = "r";
    again.server.resource_id = "cluster-2";
    again.server.origin = model::Origin{.snapshot = "snap-a", .wal_of = ""};
    put(keys::cluster("1", "r", "again"), formats::to_record(again));
    EXPECT_EQ(left(), (std::vector<std::string>{"a", "b"}));
}

}  // namespace
}  // namespace countersign::databases
