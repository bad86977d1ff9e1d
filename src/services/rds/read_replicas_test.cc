#include <gmock/gmock.h>

#include "services/rds/api_fixture.h"

namespace countersign::rds {
namespace {

using ::testing::StartsWith;

class ReplicaApi : public ApiTest {
protected:
    void make_source() const {
        const Answer made = call("CreateDBInstance", {{"DBInstanceIdentifier", "ledger"},
                                                      {"Engine", "postgres"},
                                                      {"EngineVersion", "15"},
                                                      {"DBInstanceClass", "db.t3.micro"},
                                                      {"MasterUsername", "boss"},
                                                      {"MasterUserPassword", "correct-horse"},
                                                      {"AllocatedStorage", "30"}});
        ASSERT_EQ(made.status, 200) << made.error();
    }
    Answer replicate(const std::string& id, const std::string& source = "ledger") const {
        return call("CreateDBInstanceReadReplica",
                    {{"DBInstanceIdentifier", id}, {"SourceDBInstanceIdentifier", source}});
    }
    // Its first copy failed, or it is to be made anew.
    void lose_data(const std::string& id) const {
        const auto stored =
            store::load<model::DBInstance>(*store_, model::keys::instance(account, region, id));
        ASSERT_TRUE(stored && *stored);
        model::DBInstance instance = (*stored)->record;
        instance.server->created = false;
        ASSERT_TRUE(store_->commit({{}, {store::put((*stored)->key, instance)}}));
    }
    Answer on(const char* operation, const std::string& id, Parameters more = {}) const {
        more["DBInstanceIdentifier"] = id;
        return call(operation, more);
    }
};

TEST_F(ReplicaApi, AReplicaIsMadeOfWhatItsSourceIs) {
    make_source();
    EXPECT_THAT(replicate("copy").error(), StartsWith("InvalidDBInstanceState"))
        << "the source is still being made";
    settle();
    const Answer made = replicate("copy");
    ASSERT_EQ(made.status, 200) << made.error();
    EXPECT_EQ(made.text("//ReadReplicaSourceDBInstanceIdentifier"), "ledger");
    EXPECT_EQ(made.text("//DBInstance/MasterUsername"), "boss");
    EXPECT_EQ(made.text("//DBInstance/AllocatedStorage"), "30");
    EXPECT_EQ(made.text("//DBInstance/BackupRetentionPeriod"), "0");
    EXPECT_EQ(made.text("//DBInstance/IAMDatabaseAuthenticationEnabled"), "false");
    EXPECT_EQ(on("DescribeDBInstances", "ledger").text("//ReadReplicaDBInstanceIdentifier"), "copy");
    EXPECT_THAT(replicate("third", "copy").error(), StartsWith("InvalidDBInstanceState"));
    EXPECT_THAT(replicate("copy").error(), StartsWith("DBInstanceAlreadyExists"));
    EXPECT_THAT(replicate("third", "nobody").error(), StartsWith("DBInstanceNotFound"));
    EXPECT_EQ(on("CreateDBInstanceReadReplica", "third").status, 400);
}

TEST_F(ReplicaApi, ASourceIsNotDeletedWhileItsDataIsBeingCopied) {
    make_source();
    settle();
    ASSERT_EQ(replicate("copy").status, 200);
    const Parameters skip = {{"SkipFinalSnapshot", "true"}};
    EXPECT_THAT(on("DeleteDBInstance", "ledger", skip).error(), StartsWith("InvalidDBInstanceState"));
    settle();
    lose_data("copy");
    EXPECT_THAT(on("DeleteDBInstance", "ledger", skip).error(), StartsWith("InvalidDBInstanceState"));
    EXPECT_THAT(on("PromoteReadReplica", "copy").error(), StartsWith("InvalidDBInstanceState"));
    settle();
    EXPECT_EQ(on("DeleteDBInstance", "ledger", skip).status, 200);
    EXPECT_EQ(on("DescribeDBInstances", "copy").text("//DBInstanceStatus"), "modifying");
    EXPECT_EQ(on("DescribeDBInstances", "copy").count("//ReadReplicaSourceDBInstanceIdentifier"), 0u);
}

TEST_F(ReplicaApi, AnUpgradeThatWaitsAndReplicasExcludeEachOther) {
    make_source();
    settle();
    const Parameters upgrade = {{"EngineVersion", "17"}, {"AllowMajorVersionUpgrade", "true"}};
    ASSERT_EQ(on("ModifyDBInstance", "ledger", upgrade).status, 200);
    EXPECT_THAT(replicate("copy").error(), StartsWith("InvalidDBInstanceState"));
    ASSERT_EQ(on("ModifyDBInstance", "ledger", {{"EngineVersion", "15.20"}}).status, 200);
    EXPECT_EQ(replicate("copy").status, 200) << replicate("copy").error();
    settle();
    EXPECT_THAT(on("ModifyDBInstance", "ledger", upgrade).error(), StartsWith("InvalidDBInstanceState"));
}

TEST_F(ReplicaApi, AReplicaThatIsBeingMadeCanBeDeleted) {
    make_source();
    settle();
    ASSERT_EQ(replicate("copy").status, 200);
    EXPECT_EQ(on("DeleteDBInstance", "copy").status, 200);
}

TEST_F(ReplicaApi, APromotedReplicaIsNoneAnyMore) {
    make_source();
    settle();
    EXPECT_THAT(on("PromoteReadReplica", "ledger").error(), StartsWith("InvalidDBInstanceState"));
    ASSERT_EQ(replicate("copy").status, 200);
    EXPECT_THAT(on("PromoteReadReplica", "copy").error(), StartsWith("InvalidDBInstanceState"))
        << "it has no data yet";
    settle();
    EXPECT_THAT(on("ModifyDBInstance", "copy", {{"MasterUserPassword", "another-horse"}}).error(),
                StartsWith("InvalidParameterCombination"));
    EXPECT_THAT(on("CreateDBSnapshot", "copy", {{"DBSnapshotIdentifier", "no"}}).error(),
                StartsWith("InvalidDBInstanceState"));
    const Answer promoted = on("PromoteReadReplica", "copy", {{"BackupRetentionPeriod", "4"}});
    ASSERT_EQ(promoted.status, 200) << promoted.error();
    EXPECT_EQ(promoted.text("//DBInstanceStatus"), "modifying");
    EXPECT_EQ(promoted.text("//DBInstance/BackupRetentionPeriod"), "4");
    EXPECT_EQ(promoted.count("//ReadReplicaSourceDBInstanceIdentifier"), 0u);
    settle();
    EXPECT_EQ(on("DescribeDBInstances", "ledger").count("//ReadReplicaDBInstanceIdentifier"), 0u);
    EXPECT_THAT(on("PromoteReadReplica", "copy").error(), StartsWith("InvalidDBInstanceState"));
}

}  // namespace
}  // namespace countersign::rds
