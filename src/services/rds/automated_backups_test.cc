#include <gmock/gmock.h>

#include <vector>

#include "model/backup_keys.h"
#include "model/snapshots.h"
#include "services/rds/api_fixture.h"
#include "services/rds/entities.h"

namespace countersign::rds {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class BackupsApi : public ApiTest {
protected:
    static constexpr const char* resource_id = "db-GONE2345";
    static constexpr const char* backup_arn = "arn:aws:rds:eu-central-1:123456789012:auto-backup:ab-GONE2345";
    static constexpr const char* limited = "AKIALIMITEDLIMITED00";

    BackupsApi() { put_record(key(), backup()); }

    static std::string key() { return model::keys::retained_backup(account, region, resource_id); }
    model::RetainedBackup backup() const {
        model::RetainedBackup backup;
        backup.id = "gone";
        backup.account = account;
        backup.region = region;
        backup.resource_id = backup.home = resource_id;
        backup.engine = "postgres";
        backup.engine_version = "15.20";
        backup.kept = {{"BackupRetentionPeriod", "7"}};
        backup.tags = {{"team", "payments"}};
        backup.deleted = clock_.now();
        return backup;
    }
    void create_instance(const std::string& id) {
        done("CreateDBInstance", {{"DBInstanceIdentifier", id},
                                  {"Engine", "postgres"},
                                  {"DBInstanceClass", "db.t4g.micro"},
                                  {"AllocatedStorage", "20"},
                                  {"MasterUsername", "boss"},
                                  {"MasterUserPassword", "correct-horse"}});
        settle();
    }
    static Parameters restore(const std::string& name, const std::string& value) {
        return {{"TargetDBInstanceIdentifier", "fresh"}, {"UseLatestRestorableTime", "true"}, {name, value}};
    }
    std::string restored(const std::string& name, const std::string& value,
                         const std::string& by = root_key) const {
        return refused("RestoreDBInstanceToPointInTime", restore(name, value), by);
    }
};

TEST_F(BackupsApi, NoMoreOutliveTheirDatabasesThanThereMayBeDatabases) {
    create_instance("last");
    constexpr int instances_max = 40;
    for (int i = 1; i < instances_max; ++i) {
        model::RetainedBackup another = backup();
        another.resource_id = fmt::format("db-GONE{}", i);
        put_record(model::keys::retained_backup(account, region, another.resource_id), another);
    }
    const Parameters deletion = {{"DBInstanceIdentifier", "last"}, {"SkipFinalSnapshot", "true"}};
    Parameters retaining = deletion;
    retaining["DeleteAutomatedBackups"] = "false";
    EXPECT_THAT(refused("DeleteDBInstance", retaining), StartsWith("DBInstanceAutomatedBackupQuotaExceeded"));
    done("DeleteDBInstance", deletion);
}

TEST_F(BackupsApi, ARetainedOneIsShownWithoutItsDatabase) {
    for (const Parameters& asked :
         {Parameters(), Parameters{{"DbiResourceId", "DB-gone2345"}},
          Parameters{{"DBInstanceIdentifier", "Gone"}},
          Parameters{{"DBInstanceAutomatedBackupsArn", backup_arn}},
          Parameters{{"Filters.Filter.1.Name", "status"}, {"Filters.Filter.1.Values.Value.1", "retained"}}}) {
        const Answer shown = done("DescribeDBInstanceAutomatedBackups", asked);
        EXPECT_EQ(shown.text("//Status"), "retained");
        EXPECT_EQ(shown.text("//DbiResourceId"), resource_id);
        EXPECT_EQ(shown.text("//DBInstanceAutomatedBackupsArn"), backup_arn);
        EXPECT_EQ(shown.text("//DBInstanceArn"), "arn:aws:rds:eu-central-1:123456789012:db:gone");
        EXPECT_EQ(shown.text("//BackupRetentionPeriod"), "7");
        EXPECT_EQ(shown.text("//TagList/Tag/Value"), "payments");
    }
    EXPECT_EQ(done("DescribeDBClusterAutomatedBackups").count("//DBClusterAutomatedBackup"), 0U);
    EXPECT_THAT(refused("DescribeDBInstanceAutomatedBackups", {{"DbiResourceId", "db-OTHER"}}),
                StartsWith("DBInstanceAutomatedBackupNotFound"));
}

TEST_F(BackupsApi, WhatIsUnknownOrAnothersIsNotFoundAlike) {
    model::RetainedBackup foreign = backup();
    foreign.account = "111122223333";
    foreign.resource_id = "db-FOREIGN";
    put_record(model::keys::retained_backup(foreign.account, region, foreign.resource_id), foreign);
    const std::string of_nobody = restored("SourceDbiResourceId", "db-NOBODYS");
    EXPECT_THAT(of_nobody, StartsWith("DBInstanceNotFound"));
    EXPECT_EQ(restored("SourceDbiResourceId", "db-FOREIGN"),
              "DBInstanceNotFound: " + instance_not_found("db-FOREIGN").message);
    EXPECT_EQ(of_nobody, "DBInstanceNotFound: " + instance_not_found("db-NOBODYS").message);
    const std::string arn = "SourceDBInstanceAutomatedBackupsArn";
    EXPECT_THAT(restored(arn, "arn:aws:rds:eu-central-1:123456789012:auto-backup:ab-FOREIGN"),
                StartsWith("DBInstanceAutomatedBackupNotFound"));
    for (const char* given : {"arn:aws:rds:eu-central-1:111122223333:auto-backup:ab-FOREIGN",
                              "arn:aws:rds:eu-central-1:111122223333:auto-backup:ab-NOBODYS"})
        EXPECT_THAT(restored(arn, given), StartsWith("AccessDenied"));
    for (const char* given : {"db-FOREIGN", "db-NOBODYS", "cluster-NOBODYS"})
        EXPECT_THAT(refused("DeleteDBInstanceAutomatedBackup", {{"DbiResourceId", given}}),
                    StartsWith("DBInstanceAutomatedBackupNotFound"));
    EXPECT_THAT(refused("DeleteDBClusterAutomatedBackup", {{"DbClusterResourceId", resource_id}}),
                StartsWith("DBClusterAutomatedBackupNotFoundFault"));
}

TEST_F(BackupsApi, NoOtherNameOfADatabasePassesByWhatIsSaidOfIt) {
    create_instance("live");
    const std::string live = instance("live")->resource_id;
    add_limited_user(limited, R"({"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"rds:*","Resource":"*"},
        {"Effect":"Deny","Action":"rds:*","Resource":["arn:aws:rds:*:*:db:gone","arn:aws:rds:*:*:db:live"]}]})");
    for (const std::string& id : {std::string(resource_id), std::string("DB-gone2345"), live}) {
        EXPECT_THAT(restored("SourceDbiResourceId", id, limited), StartsWith("AccessDenied")) << id;
        EXPECT_THAT(refused("DeleteDBInstanceAutomatedBackup", {{"DbiResourceId", id}}, limited),
                    StartsWith("AccessDenied"))
            << id;
        EXPECT_THAT(refused("DescribeDBInstanceAutomatedBackups", {{"DbiResourceId", id}}, limited),
                    StartsWith("AccessDenied"))
            << id;
    }
    EXPECT_THAT(restored("SourceDBInstanceAutomatedBackupsArn", backup_arn, limited),
                StartsWith("AccessDenied"));
    EXPECT_THAT(restored("SourceDbiResourceId", resource_id), StartsWith("PointInTimeRestoreNotEnabled"));
}

TEST_F(BackupsApi, ARestoreNeedsARightOnTheBackup) {
    add_limited_user(limited, R"({"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"rds:*","Resource":["arn:aws:rds:*:*:db:*"]}]})");
    EXPECT_THAT(restored("SourceDbiResourceId", resource_id, limited),
                AllOf(StartsWith("AccessDenied"), HasSubstr(backup_arn)));
    EXPECT_THAT(restored("SourceDbiResourceId", "db-NOBODYS", limited), StartsWith("AccessDenied"));
}

TEST_F(BackupsApi, ARestoreNamesItsSourceOnce) {
    Parameters both = restore("SourceDbiResourceId", resource_id);
    both["SourceDBInstanceIdentifier"] = "gone";
    EXPECT_THAT(refused("RestoreDBInstanceToPointInTime", both), StartsWith("InvalidParameterCombination"));
    EXPECT_THAT(refused("RestoreDBInstanceToPointInTime",
                        {{"TargetDBInstanceIdentifier", "fresh"}, {"UseLatestRestorableTime", "true"}}),
                StartsWith("InvalidParameterCombination"));
}

TEST_F(BackupsApi, OnlyARetainedOneIsDeletedAndNothingFindsItAnyMore) {
    create_instance("live");
    EXPECT_THAT(
        refused("DeleteDBInstanceAutomatedBackup", {{"DbiResourceId", instance("live")->resource_id}}),
        StartsWith("InvalidDBInstanceAutomatedBackupState"));
    const Answer deleted =
        done("DeleteDBInstanceAutomatedBackup", {{"DBInstanceAutomatedBackupsArn", backup_arn}});
    EXPECT_EQ(deleted.text("//DbiResourceId"), resource_id);
    EXPECT_TRUE(record<model::RetainedBackup>(key())->ending);
    EXPECT_EQ(done("DescribeDBInstanceAutomatedBackups").count("//DBInstanceAutomatedBackup"), 0U);
    EXPECT_THAT(restored("SourceDbiResourceId", resource_id), StartsWith("DBInstanceNotFound"));
    EXPECT_THAT(refused("DeleteDBInstanceAutomatedBackup", {{"DbiResourceId", resource_id}}),
                StartsWith("DBInstanceAutomatedBackupNotFound"));
}

TEST_F(BackupsApi, NoneIsDeletedWhileItIsRestored) {
    create_instance("fresh");
    model::DBInstance fresh = *instance("fresh");
    fresh.server->origin = model::Origin{.snapshot = "snap-1", .wal_of = resource_id};
    put_record(model::keys::instance(account, region, "fresh"), fresh);
    EXPECT_THAT(refused("DeleteDBInstanceAutomatedBackup", {{"DbiResourceId", resource_id}}),
                StartsWith("InvalidDBInstanceAutomatedBackupState"));
    EXPECT_FALSE(record<model::RetainedBackup>(key())->ending);
}

TEST_F(BackupsApi, ADeletionSaysWhetherBackupsOutliveIt) {
    create_instance("live");
    done("DeleteDBInstance", {{"DBInstanceIdentifier", "live"},
                              {"SkipFinalSnapshot", "true"},
                              {"DeleteAutomatedBackups", "false"}});
    EXPECT_EQ(instance("live")->kept["DeleteAutomatedBackups"], "false");
    create_instance("other");
    done("DeleteDBInstance", {{"DBInstanceIdentifier", "other"}, {"SkipFinalSnapshot", "true"}});
    EXPECT_FALSE(instance("other")->kept.contains("DeleteAutomatedBackups"));
}

}  // namespace
}  // namespace countersign::rds
