#include "databases/backups.h"

#include <gtest/gtest.h>

#include <string>

#include "formats/record.h"

namespace countersign::databases {
namespace {

using namespace std::chrono_literals;

const Instant day = Instant() + 20000 * 24h;

BackupFacts facts() {
    return {.retention = 7, .window = "03:00-03:30", .created = day, .backed_up = {}, .archived = {}};
}

TEST(Backups, TheFirstIsDueSoonAndNotAtOnce) {
    EXPECT_FALSE(is_backup_due(facts(), day + 29s));
    EXPECT_TRUE(is_backup_due(facts(), day + 30s));
}

TEST(Backups, NoneIsDueWhereNothingIsKept) {
    BackupFacts none = facts();
    none.retention = 0;
    EXPECT_FALSE(is_backup_due(none, day + 24h));
}

TEST(Backups, OneIsDueInAWindowInWhichNoneBeganIfAnythingWasWritten) {
    BackupFacts written = facts();
    written.backed_up = day + 1min;
    written.archived = day + 2h;
    EXPECT_FALSE(is_backup_due(written, day + 2h + 59min));
    EXPECT_TRUE(is_backup_due(written, day + 3h));
    EXPECT_TRUE(is_backup_due(written, day + 3h + 29min));
    EXPECT_FALSE(is_backup_due(written, day + 3h + 30min));
    written.archived = day + 30s;
    EXPECT_FALSE(is_backup_due(written, day + 3h));
    written.archived = day + 4h;
    written.backed_up = day + 3h;
    EXPECT_FALSE(is_backup_due(written, day + 3h + 10min));
    EXPECT_TRUE(is_backup_due(written, day + 27h + 10min));
}

TEST(Backups, WhereWalWasLostOneIsDueWithinTheHour) {
    BackupFacts lost = facts();
    lost.backed_up = day + 1min;
    lost.broken = true;
    EXPECT_FALSE(is_backup_due(lost, day + 1h));
    EXPECT_TRUE(is_backup_due(lost, day + 1h + 1min));
}

TEST(Backups, AfterOneThatFailedTheNextWaits) {
    BackupFacts failed = facts();
    failed.failed = day + 1min;
    EXPECT_FALSE(is_backup_due(failed, day + 1h));
    EXPECT_TRUE(is_backup_due(failed, day + 1h + 1min));
}

TEST(Backups, AWindowMaySpanMidnight) {
    BackupFacts late = facts();
    late.window = "23:45-00:15";
    late.backed_up = day + 1min;
    late.archived = day + 2h;
    EXPECT_TRUE(is_backup_due(late, day + 23h + 50min));
    EXPECT_TRUE(is_backup_due(late, day + 24h + 10min));
    EXPECT_FALSE(is_backup_due(late, day + 24h + 20min));
}

TEST(Backups, AWindowThatIsNoneHasNoBackup) {
    for (const char* window : {"", "03:00", "03:00-3:30", "xx:00-03:30", "25:00-03:30"}) {
        BackupFacts odd = facts();
        odd.window = window;
        odd.backed_up = day;
        odd.archived = day + 1h;
        EXPECT_FALSE(is_backup_due(odd, day + 3h + 10min)) << window;
    }
}

TEST(Backups, RetentionIsADayUnlessItIsSaid) {
    EXPECT_EQ(retention_of({}), 1);
    EXPECT_EQ(retention_of({{"BackupRetentionPeriod", "0"}}), 0);
    EXPECT_EQ(retention_of({{"BackupRetentionPeriod", "35"}}), 35);
}

TEST(Backups, AreNamedAsOnRds) {
    EXPECT_EQ(automated_snapshot_name("orders", Instant() + 5h + 7min), "rds:orders-1970-01-01-05-07");
}

TEST(Backups, ASnapshotHasNothingThatIsStillToCome) {
    model::DBCluster cluster;
    cluster.id = "orders";
    cluster.server.resource_id = "cluster-1";
    cluster.server.pending.master_verifier = "another";
    cluster.server.aliases = {"orders.example:5432"};
    const model::Snapshot snapshot = snapshot_of(cluster);
    EXPECT_TRUE(snapshot.of_cluster);
    EXPECT_EQ(snapshot.source, "orders");
    EXPECT_EQ(snapshot.server.resource_id, "cluster-1");
    EXPECT_TRUE(snapshot.server.pending.master_verifier.empty());
    EXPECT_TRUE(snapshot.server.aliases.empty());
}

TEST(Backups, TheyOutliveADeletionThatSaysSoAlone) {
    EXPECT_FALSE(outlives_deletion({}));
    EXPECT_TRUE(outlives_deletion({{"DeleteAutomatedBackups", "false"}}));
    EXPECT_FALSE(outlives_deletion({{"DeleteAutomatedBackups", "false"}, {"BackupRetentionPeriod", "0"}}));
}

TEST(Backups, WhatOutlivesADatabaseIsWhatARestoreNeedsAndNoSecret) {
    model::DBCluster cluster;
    cluster.id = "orders";
    cluster.account = "1";
    cluster.region = "r";
    cluster.created = day;
    cluster.server.resource_id = "cluster-1";
    cluster.server.engine_version = "15.20";
    cluster.server.master_username = "boss";
    cluster.server.master_verifier = "SEALED";
    cluster.server.membership.home = "db-1";
    cluster.server.membership.replication_password = "SEALED";
    cluster.server.pending.master_verifier = "SEALED";
    cluster.kept = {{"BackupRetentionPeriod", "3"},
                    {"DeleteAutomatedBackups", "false"},
                    {"MasterUserSecret", "SEALED"},
                    {"KmsKeyId", "a-key"}};
    const model::RetainedBackup backup = retained_backup_of(cluster, day + 24h);
    EXPECT_EQ(formats::to_record(backup).find("SEALED"), std::string::npos);
    EXPECT_EQ(backup.kept,
              (model::PassthroughAttributes{{"BackupRetentionPeriod", "3"}, {"KmsKeyId", "a-key"}}));
    EXPECT_EQ(end_of(backup), day + 96h);
    const model::Snapshot was = snapshot_of(backup);
    EXPECT_TRUE(was.of_cluster);
    EXPECT_EQ(was.source, "orders");
    EXPECT_EQ(was.server.engine_version, "15.20");
    EXPECT_EQ(was.server.master_username, "boss");
    EXPECT_EQ(model::home_of(was.server), "db-1");
    EXPECT_EQ(was.source_created, day);
    EXPECT_FALSE(snapshot_of(cluster).kept.contains("DeleteAutomatedBackups"));
}

}  // namespace
}  // namespace countersign::databases
