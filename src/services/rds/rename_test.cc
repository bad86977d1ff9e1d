#include <gmock/gmock.h>

#include "model/service_keys.h"
#include "services/rds/api_fixture.h"
#include "services/rds/event_subscriptions.h"

namespace countersign::rds {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
namespace keys = model::keys;

class RenameApi : public ApiTest {
protected:
    void SetUp() override {
        ApiTest::SetUp();
        ASSERT_EQ(call("CreateDBCluster", {{"DBClusterIdentifier", "orders"},
                                           {"Engine", "aurora-postgresql"},
                                           {"MasterUsername", "boss"},
                                           {"MasterUserPassword", "correct-horse"}})
                      .status,
                  200);
        ASSERT_EQ(call("CreateDBInstance", {{"DBInstanceIdentifier", "orders-1"},
                                            {"DBClusterIdentifier", "orders"},
                                            {"Engine", "aurora-postgresql"},
                                            {"DBInstanceClass", "db.r5.large"}})
                      .status,
                  200);
        settle();
    }
    Answer rename(const std::string& from, const std::string& to) {
        return call(
            "ModifyDBCluster",
            {{"DBClusterIdentifier", from}, {"NewDBClusterIdentifier", to}, {"ApplyImmediately", "true"}});
    }
    void put_pooler(const std::string& database) {
        model::Pooler pooler;
        pooler.id = "front";
        pooler.database = database;
        put_record(keys::pooler(account, region, pooler.id), pooler);
    }
    std::string fronted() { return record<model::Pooler>(keys::pooler(account, region, "front"))->database; }
};

TEST_F(RenameApi, WhatRefersToAClusterFollows) {
    put_pooler("orders");
    model::EventSubscription subscription;
    subscription.name = "night";
    subscription.source_type = "db-cluster";
    subscription.sources = {"orders", "other"};
    const std::string key = keys::event_subscription(account, region, "night");
    put_record(key, subscription);
    const model::DBCluster before = *cluster("orders");
    const Answer renamed = rename("orders", "Sales");
    ASSERT_EQ(renamed.status, 200) << renamed.error();
    EXPECT_EQ(renamed.text("//DBClusterMember/DBInstanceIdentifier"), "orders-1");
    EXPECT_FALSE(cluster("orders"));
    EXPECT_EQ(cluster("sales")->server.resource_id, before.server.resource_id);
    EXPECT_EQ(cluster("sales")->server.port, before.server.port);
    EXPECT_EQ(instance("orders-1")->cluster, "sales");
    EXPECT_EQ(fronted(), "sales");
    EXPECT_THAT(record<model::EventSubscription>(key)->sources, ::testing::ElementsAre("sales", "other"));
    EXPECT_EQ(call("DescribeEvents", {{"SourceType", "db-cluster"}, {"SourceIdentifier", "sales"}})
                  .text("//Event[last()]/Message"),
              "Renamed cluster from orders to sales");
    EXPECT_EQ(rename("sales", "sales").status, 200) << "the same name is no other one";
}

TEST_F(RenameApi, AMemberIsRenamedAndItsClusterIsNot) {
    put_pooler("orders");
    const Answer renamed = call("ModifyDBInstance", {{"DBInstanceIdentifier", "orders-1"},
                                                     {"NewDBInstanceIdentifier", "reader"},
                                                     {"ApplyImmediately", "true"}});
    ASSERT_EQ(renamed.status, 200) << renamed.error();
    EXPECT_EQ(renamed.text("//DBInstanceIdentifier"), "reader");
    EXPECT_EQ(instance("reader")->cluster, "orders");
    EXPECT_EQ(fronted(), "orders");
}

TEST_F(RenameApi, OnlyAnAvailableDatabaseGetsAFreeName) {
    EXPECT_THAT(call("ModifyDBInstance", {{"DBInstanceIdentifier", "orders-1"},
                                          {"NewDBInstanceIdentifier", "a--b"},
                                          {"ApplyImmediately", "true"}})
                    .error(),
                StartsWith("InvalidParameterValue: The parameter NewDBInstanceIdentifier"));
    model::DBInstance attached = *instance("orders-1");
    attached.id = "theirs";
    attached.cluster.clear();
    attached.server.emplace();
    attached.server->attached.emplace();
    put_record(keys::instance(account, region, "theirs"), attached);
    EXPECT_THAT(call("ModifyDBInstance", {{"DBInstanceIdentifier", "theirs"},
                                          {"NewDBInstanceIdentifier", "mine"},
                                          {"ApplyImmediately", "true"}})
                    .error(),
                HasSubstr("attached"));
    EXPECT_THAT(call("ModifyDBInstance", {{"DBInstanceIdentifier", "orders-1"},
                                          {"NewDBInstanceIdentifier", "theirs"},
                                          {"ApplyImmediately", "true"}})
                    .error(),
                StartsWith("DBInstanceAlreadyExists"));
    model::DBCluster failed = *cluster("orders");
    failed.status = model::DatabaseStatus::upgrading;
    put_record(keys::cluster(account, region, "orders"), failed);
    EXPECT_THAT(rename("orders", "sales").error(), StartsWith("InvalidDBClusterStateFault"));
}

}  // namespace
}  // namespace countersign::rds
