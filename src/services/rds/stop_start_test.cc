#include <gmock/gmock.h>

#include "services/rds/api_fixture.h"

namespace countersign::rds {
namespace {

using model::DatabaseStatus;
using model::Halt;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class StopStart : public ApiTest {
protected:
    void SetUp() override {
        call("CreateDBInstance", {{"DBInstanceIdentifier", "alone"},
                                  {"Engine", "postgres"},
                                  {"DBInstanceClass", "db.t3.micro"},
                                  {"MasterUsername", "boss"},
                                  {"MasterUserPassword", "correct-horse"},
                                  {"CopyTagsToSnapshot", "true"},
                                  {"Tags.Tag.1.Key", "team"},
                                  {"Tags.Tag.1.Value", "blue"},
                                  {"AllocatedStorage", "30"}});
        call("CreateDBCluster", {{"DBClusterIdentifier", "orders"},
                                 {"Engine", "aurora-postgresql"},
                                 {"MasterUsername", "postgres"},
                                 {"MasterUserPassword", "correct-horse"}});
        add_member("orders-1");
        add_member("orders-2");
        settle();
    }

    Answer add_member(const std::string& id) {
        return call("CreateDBInstance", {{"DBInstanceIdentifier", id},
                                         {"DBClusterIdentifier", "orders"},
                                         {"Engine", "aurora-postgresql"},
                                         {"DBInstanceClass", "db.r6g.large"}});
    }

    // As databases shows what has stopped.
    void come_to_rest() {
        for (const char* id : {"alone", "orders-1", "orders-2"}) {
            auto stored = instance(id);
            if (stored->halt != Halt::stopped) continue;
            stored->status = DatabaseStatus::stopped;
            put(model::keys::instance(account, region, id), *stored);
        }
        auto orders = cluster("orders");
        if (orders->halt == Halt::stopped) orders->status = DatabaseStatus::stopped;
        put(model::keys::cluster(account, region, "orders"), *orders);
    }

    template <class Record>
    void put(const std::string& key, const Record& record) {
        ASSERT_TRUE(store_->commit({{}, {store::put(key, record)}}));
    }

    const Parameters alone_ = {{"DBInstanceIdentifier", "alone"}};
    const Parameters orders_ = {{"DBClusterIdentifier", "orders"}};
};

TEST_F(StopStart, AnInstanceIsAskedToLieStillAndToStart) {
    EXPECT_THAT(refused("StartDBInstance", alone_),
                StartsWith("InvalidDBInstanceState: Instance alone is not stopped, cannot be started."));
    EXPECT_EQ(call("StopDBInstance", alone_).text("//DBInstanceStatus"), "stopping");
    EXPECT_EQ(instance("alone")->halt, Halt::stopped);
    EXPECT_THAT(refused("StopDBInstance", alone_),
                StartsWith("InvalidDBInstanceState: Instance alone is not in available state."));
    EXPECT_THAT(refused("StartDBInstance", alone_), StartsWith("InvalidDBInstanceState"));
    come_to_rest();
    EXPECT_EQ(call("DescribeDBInstances", alone_).text("//DBInstanceStatus"), "stopped");
    EXPECT_EQ(call("StartDBInstance", alone_).text("//DBInstanceStatus"), "starting");
    EXPECT_EQ(instance("alone")->halt, Halt::starting);
    EXPECT_THAT(refused("StopDBInstance", {{"DBInstanceIdentifier", "nobodys"}}),
                StartsWith("DBInstanceNotFound"));
}

TEST_F(StopStart, AStoppedInstanceTakesNothingButItsDeletion) {
    call("StopDBInstance", alone_);
    come_to_rest();
    const std::string wrong = "InvalidDBInstanceState: DB instance alone is not currently in the available";
    const auto also = [&](const Parameters& more) {
        Parameters all = alone_;
        all.insert(more.begin(), more.end());
        return all;
    };
    EXPECT_THAT(refused("ModifyDBInstance", also({{"BackupRetentionPeriod", "3"}})), StartsWith(wrong));
    EXPECT_THAT(refused("RebootDBInstance", alone_), StartsWith(wrong));
    EXPECT_THAT(refused("CreateDBSnapshot", also({{"DBSnapshotIdentifier", "s"}})), StartsWith(wrong));
    const Answer deleted = call("DeleteDBInstance", also({{"SkipFinalSnapshot", "true"}}));
    EXPECT_EQ(deleted.text("//DBInstanceStatus"), "deleting");
}

TEST_F(StopStart, ASnapshotIsAskedForInTheSameCall) {
    Parameters asked = alone_;
    asked["DBSnapshotIdentifier"] = "Before";
    EXPECT_EQ(call("StopDBInstance", asked).text("//DBInstanceStatus"), "stopping");
    const Answer found = call("DescribeDBSnapshots", {{"DBSnapshotIdentifier", "before"}});
    EXPECT_EQ(found.text("//DBSnapshots//Status"), "creating");
    EXPECT_EQ(found.text("//TagList/Tag/Value"), "blue");
    settle();
    EXPECT_THAT(refused("StopDBInstance", asked), StartsWith("DBSnapshotAlreadyExists"));
    EXPECT_EQ(instance("alone")->status, DatabaseStatus::available);
    asked["DBSnapshotIdentifier"] = "not_a_name";
    EXPECT_THAT(refused("StopDBInstance", asked), StartsWith("InvalidParameterValue"));
}

TEST_F(StopStart, AClusterLiesStillWithAllItsInstances) {
    EXPECT_EQ(
        refused("StartDBCluster", orders_),
        "InvalidDBClusterStateFault: DbCluster orders is in available state but expected it to be one of "
        "stopped,inaccessible-encryption-credentials-recoverable.");
    EXPECT_EQ(call("StopDBCluster", orders_).text("//DBCluster/Status"), "stopping");
    for (const char* id : {"orders-1", "orders-2"}) {
        EXPECT_EQ(instance(id)->status, DatabaseStatus::stopping);
        EXPECT_EQ(instance(id)->halt, Halt::stopped);
    }
    EXPECT_EQ(
        refused("StopDBCluster", orders_),
        "InvalidDBClusterStateFault: DbCluster orders is in stopping state but expected it to be one of "
        "available.");
    come_to_rest();
    EXPECT_EQ(call("StartDBCluster", orders_).text("//DBCluster/Status"), "starting");
    for (const char* id : {"orders-1", "orders-2"}) {
        EXPECT_EQ(instance(id)->status, DatabaseStatus::starting);
        EXPECT_EQ(instance(id)->halt, Halt::starting);
    }
}

TEST_F(StopStart, AStoppedClusterKeepsItsInstancesAndGetsNoOthers) {
    call("StopDBCluster", orders_);
    come_to_rest();
    const std::string wrong =
        "InvalidDBClusterStateFault: DB Cluster orders is not currently in the available";
    EXPECT_THAT(add_member("orders-3").error(), StartsWith(wrong));
    EXPECT_THAT(refused("DeleteDBInstance", {{"DBInstanceIdentifier", "orders-2"}}), StartsWith(wrong));
    EXPECT_THAT(refused("FailoverDBCluster", orders_), StartsWith(wrong));
    EXPECT_THAT(
        refused("ModifyDBCluster", {{"DBClusterIdentifier", "orders"}, {"DeletionProtection", "true"}}),
        StartsWith(wrong));
    EXPECT_THAT(refused("CreateDBClusterSnapshot",
                        {{"DBClusterIdentifier", "orders"}, {"DBClusterSnapshotIdentifier", "s"}}),
                StartsWith(wrong));
    EXPECT_THAT(refused("ModifyDBInstance", {{"DBInstanceIdentifier", "orders-1"}, {"PromotionTier", "3"}}),
                StartsWith("InvalidDBInstanceState"));
}

TEST_F(StopStart, AnInstanceOfAClusterDoesNotStopAlone) {
    const std::string words =
        "InvalidParameterCombination: aurora-postgresql DB instances are not eligible for stopping and "
        "starting.";
    EXPECT_EQ(refused("StopDBInstance", {{"DBInstanceIdentifier", "orders-1"}}), words);
    EXPECT_EQ(refused("StartDBInstance", {{"DBInstanceIdentifier", "orders-1"}}), words);
}

TEST_F(StopStart, AClusterIsNotStoppedWhileAnInstanceOfItChanges) {
    ASSERT_EQ(call("RebootDBInstance", {{"DBInstanceIdentifier", "orders-2"}}).status, 200);
    EXPECT_THAT(refused("StopDBCluster", orders_),
                StartsWith("InvalidDBInstanceState: Instance orders-2 is not in available state."));
    EXPECT_EQ(cluster("orders")->halt, Halt::none);
}

TEST_F(StopStart, ASnapshotNeedsARightOfItsOwn) {
    add_limited_user("AKIALIMITEDLIMITED00", R"({"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":["rds:StopDBInstance"],"Resource":"arn:aws:rds:*:*:db:alone"},
        {"Effect":"Allow","Action":["rds:StopDBInstance"],"Resource":"arn:aws:rds:*:*:snapshot:nightly"}]})");
    const auto asked = [&](const char* snapshot) {
        return refused("StopDBInstance",
                       {{"DBInstanceIdentifier", "alone"}, {"DBSnapshotIdentifier", snapshot}},
                       "AKIALIMITEDLIMITED00");
    };
    EXPECT_THAT(asked("other"), HasSubstr("snapshot:other"));
    EXPECT_THAT(refused("StartDBInstance", alone_, "AKIALIMITEDLIMITED00"), StartsWith("AccessDenied"));
    EXPECT_THAT(refused("StopDBCluster", orders_, "AKIALIMITEDLIMITED00"), StartsWith("AccessDenied"));
    const Answer stopped =
        call("StopDBInstance", {{"DBInstanceIdentifier", "alone"}, {"DBSnapshotIdentifier", "nightly"}},
             "AKIALIMITEDLIMITED00");
    EXPECT_EQ(stopped.status, 200) << stopped.error();
}

}  // namespace
}  // namespace countersign::rds
