#include <gmock/gmock.h>

#include "services/rds/api_fixture.h"

namespace countersign::rds {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const Parameters new_cluster = {{"DBClusterIdentifier", "Orders"}, {"Engine", "aurora-postgresql"},
                                {"MasterUsername", "postgres"},    {"MasterUserPassword", "correct-horse"},
                                {"Tags.Tag.1.Key", "team"},        {"Tags.Tag.1.Value", "payments"}};
const Parameters new_member = {{"DBInstanceIdentifier", "orders-1"},
                               {"DBClusterIdentifier", "orders"},
                               {"Engine", "aurora-postgresql"},
                               {"DBInstanceClass", "db.r6g.large"}};

Parameters with(Parameters parameters, const Parameters& more) {
    for (const auto& [name, value] : more) parameters[name] = value;
    return parameters;
}

class ClusterApi : public ApiTest {
protected:
    Answer describe() const { return call("DescribeDBClusters", {{"DBClusterIdentifier", "orders"}}); }
    Answer modify(const Parameters& more) const {
        return call("ModifyDBCluster", with({{"DBClusterIdentifier", "orders"}}, more));
    }
    Answer remove(const Parameters& more = {{"SkipFinalSnapshot", "true"}}) const {
        return call("DeleteDBCluster", with({{"DBClusterIdentifier", "orders"}}, more));
    }
};

TEST_F(ClusterApi, ACreatedClusterIsDescribed) {
    const Answer created =
        call("CreateDBCluster", with(new_cluster, {{"EnableIAMDatabaseAuthentication", "true"},
                                                   {"DatabaseName", "app"},
                                                   {"BackupRetentionPeriod", "7"},
                                                   {"EngineVersion", "15.20"},
                                                   {"EngineMode", "provisioned"},
                                                   {"StorageEncrypted", "false"}}));
    ASSERT_EQ(created.status, 200) << created.error();
    const Answer described = describe();
    const std::map<std::string, std::string> expected = {
        {"DBClusterIdentifier", "orders"},
        {"Status", "creating"},
        {"Engine", "aurora-postgresql"},
        {"EngineVersion", "15.20"},
        {"EngineMode", "provisioned"},
        {"Endpoint", "localhost"},
        {"ReaderEndpoint", "localhost"},
        {"MasterUsername", "postgres"},
        {"DatabaseName", "app"},
        {"BackupRetentionPeriod", "7"},
        {"IAMDatabaseAuthenticationEnabled", "true"},
        {"StorageEncrypted", "false"},
        {"DBSubnetGroup", "default"},
        {"DBClusterParameterGroup", "default.aurora-postgresql15"},
        {"DBClusterArn", "arn:aws:rds:eu-central-1:123456789012:cluster:orders"},
        {"TagList/Tag/Key", "team"},
        {"TagList/Tag/Value", "payments"}};
    for (const auto& [member, value] : expected) {
        EXPECT_EQ(created.text("//CreateDBClusterResult/DBCluster/" + member), value) << member;
        EXPECT_EQ(described.text("//DBClusters/DBCluster/" + member), value) << member;
    }
    EXPECT_EQ(described.text("//Port"), std::to_string(cluster("orders")->server.port));
    EXPECT_EQ(described.text("//DbClusterResourceId"), cluster("orders")->server.resource_id);
    EXPECT_THAT(described.text("//DbClusterResourceId"), StartsWith("cluster-"));
}

TEST_F(ClusterApi, ThePasswordIsStoredOnlyAsASealedVerifier) {
    ASSERT_EQ(call("CreateDBCluster", new_cluster).status, 200);
    const auto all = store::list_all(*store_, "/");
    ASSERT_TRUE(all);
    for (const store::Entry& entry : all->entries) EXPECT_THAT(entry.value, Not(HasSubstr("correct-horse")));
    const model::Server server = cluster("orders")->server;
    const auto verifier = sealing_.open(server.master_verifier, server.resource_id);
    ASSERT_TRUE(verifier);
    EXPECT_TRUE(verifier->reveal().starts_with("SCRAM-SHA-256$4096:"));
}

TEST_F(ClusterApi, ThePortIsClaimedForTheCluster) {
    ASSERT_EQ(call("CreateDBCluster", new_cluster).status, 200);
    const model::Server server = cluster("orders")->server;
    const auto claim = record<model::PortClaim>(model::keys::port(server.port));
    ASSERT_TRUE(claim);
    EXPECT_EQ(claim->resource_id, server.resource_id);
    const Answer second =
        call("CreateDBCluster",
             with(new_cluster, {{"DBClusterIdentifier", "other"}, {"Port", std::to_string(server.port)}}));
    EXPECT_EQ(second.text("//DBCluster/Port"), std::to_string(server.port)) << second.error();
    EXPECT_THAT(second.text("//DBCluster/Endpoint"), StartsWith("127.54.32."));
    const Answer events =
        call("DescribeEvents", {{"SourceType", "db-cluster"}, {"SourceIdentifier", "other"}});
    EXPECT_THAT(events.text("//Message"), HasSubstr("a host of this database alone"));
}

struct Refusal {
    Parameters change;
    std::string error;  // how it begins
};

TEST_F(ClusterApi, WhatCannotBeCreatedIsRefused) {
    const std::vector<Refusal> refusals = {
        {{{"Engine", "mysql"}}, "InvalidParameterValue: Invalid DB engine"},
        {{{"Engine", "postgres"}}, "InvalidParameterCombination: Multi-AZ"},
        {{{"EngineMode", "serverless"}}, "InvalidParameterCombination: The engine mode serverless"},
        {{{"EngineVersion", "9.6"}},
         "InvalidParameterCombination: Cannot find version 9.6 for aurora-postgresql"},
        {{{"EngineVersion", "15.4"}},
         "InvalidParameterCombination: Cannot find version 15.4 for aurora-postgresql"},
        {{{"DBClusterIdentifier", "a--b"}}, "InvalidParameterValue: The parameter DBClusterIdentifier"},
        {{{"MasterUsername", ""}}, "InvalidParameterValue: The parameter MasterUsername must be provided"},
        {{{"MasterUsername", "rds_boss"}}, "InvalidParameterValue: MasterUsername rds_boss cannot be used"},
        {{{"MasterUserPassword", "short"}}, "InvalidParameterValue: The parameter MasterUserPassword"},
        {{{"StorageEncrypted", "true"}},
         "InvalidParameterCombination: StorageEncrypted, KmsKeyId is not supported here: data is"},
        {{{"MasterUserAuthenticationType", "iam-db-auth"}},
         "InvalidParameterCombination: MasterUserAuthenticationType"},
        {{{"ManageMasterUserPassword", "true"}}, "InvalidParameterCombination: You can't manage"},
        {{{"MasterUserSecretKmsKeyId", "k"}}, "InvalidParameterCombination: MasterUserSecretKmsKeyId"},
        {{{"BacktrackWindow", "3600"}}, "InvalidParameterCombination: Backtrack is not supported"},
        {{{"PerformanceInsightsRetentionPeriod", "8"}},
         "InvalidParameterValue: Invalid Performance Insights"},
        {{{"ServerlessV2ScalingConfiguration.MinCapacity", "0.3"}}, "InvalidParameterValue: Serverless v2"},
        {{{"ServerlessV2ScalingConfiguration.MinCapacity", "2"},
          {"ServerlessV2ScalingConfiguration.MaxCapacity", "1"}},
         "InvalidParameterCombination: The minimum of the Serverless v2"},
        {{{"GlobalClusterIdentifier", "world"}},
         "InvalidParameterCombination: The parameter GlobalClusterIdentifier"},
        {{{"KmsKeyId", "k"}}, "InvalidParameterCombination: StorageEncrypted, KmsKeyId"},
        {{{"DBSubnetGroupName", "nowhere"}}, "DBSubnetGroupNotFoundFault: "},
        {{{"DBClusterParameterGroupName", "mine"}}, "DBClusterParameterGroupNotFound: "},
        {{{"Port", "80"}}, "InvalidParameterValue: Invalid endpoint port 80. Valid range is: 1150-65535"},
        {{{"Tags.Tag.1.Key", "aws:x"}}, "InvalidParameterValue: Tag keys"},
        {{{"StorageType", "gp3"}}, "InvalidParameterCombination: You can't use the gp3 storage type."},
        {{{"MonitoringInterval", "60"}},
         "InvalidParameterCombination: A MonitoringRoleARN value is required"},
        {{{"PreferredBackupWindow", "05:00-05:30"}, {"PreferredMaintenanceWindow", "mon:05:00-mon:06:00"}},
         "InvalidParameterValue: The backup window and maintenance window must not overlap."},
        {{{"AvailabilityZones.AvailabilityZone.1", "a"},
          {"AvailabilityZones.AvailabilityZone.2", "b"},
          {"AvailabilityZones.AvailabilityZone.3", "c"},
          {"AvailabilityZones.AvailabilityZone.4", "d"}},
         "InvalidParameterValue: You cannot specify more than 3 availability zones."},
    };
    for (const Refusal& refusal : refusals) {
        const Answer answer = call("CreateDBCluster", with(new_cluster, refusal.change));
        EXPECT_THAT(answer.error(), StartsWith(refusal.error));
        EXPECT_THAT(answer.error(), Not(HasSubstr("correct-horse")));
    }
    EXPECT_FALSE(cluster("orders"));
}

TEST_F(ClusterApi, AnIdentifierIsTakenOnlyOnce) {
    ASSERT_EQ(call("CreateDBCluster", new_cluster).status, 200);
    EXPECT_EQ(call("CreateDBCluster", with(new_cluster, {{"DBClusterIdentifier", "ORDERS"}})).error(),
              "DBClusterAlreadyExistsFault: DB Cluster already exists");
}

TEST_F(ClusterApi, TheQuotaIsFortyClusters) {
    for (int i = 0; i < 40; ++i) {
        model::DBCluster other;
        other.id = "c" + std::to_string(i);
        ASSERT_TRUE(
            store_->commit({{}, {store::put(model::keys::cluster(account, region, other.id), other)}}));
    }
    const Answer refused = call("CreateDBCluster", new_cluster);
    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(refused.text("//Code"), "DBClusterQuotaExceededFault");
}

TEST_F(ClusterApi, AChangeOfIamWaitsOrIsAppliedAtOnce) {
    ASSERT_EQ(call("CreateDBCluster", new_cluster).status, 200);
    EXPECT_EQ(modify({{"EnableIAMDatabaseAuthentication", "true"}}).error(),
              "InvalidDBClusterStateFault: DB Cluster orders is not currently in the available state.");
    settle();
    const Answer waiting = modify({{"EnableIAMDatabaseAuthentication", "true"}});
    ASSERT_EQ(waiting.status, 200) << waiting.error();
    EXPECT_EQ(waiting.text("//Status"), "available");
    EXPECT_EQ(waiting.text("//DBCluster/IAMDatabaseAuthenticationEnabled"), "false");
    EXPECT_EQ(describe().text("//PendingModifiedValues/IAMDatabaseAuthenticationEnabled"), "true");
    EXPECT_FALSE(cluster("orders")->server.pending.apply_now);

    const Answer applied = modify({{"ApplyImmediately", "true"}});
    EXPECT_EQ(applied.text("//Status"), "configuring-iam-database-auth");
    EXPECT_EQ(describe().text("//Status"), "configuring-iam-database-auth");
    EXPECT_TRUE(cluster("orders")->server.pending.apply_now);
}

TEST_F(ClusterApi, TheValueInForceTakesAWaitingChangeBack) {
    ASSERT_EQ(call("CreateDBCluster", new_cluster).status, 200);
    settle();
    ASSERT_EQ(modify({{"EnableIAMDatabaseAuthentication", "true"}}).status, 200);
    const Answer back = modify({{"EnableIAMDatabaseAuthentication", "false"}, {"ApplyImmediately", "true"}});
    EXPECT_EQ(back.text("//Status"), "available");
    EXPECT_EQ(back.count("//PendingModifiedValues/*"), 0u);
}

TEST_F(ClusterApi, ANewPasswordIsShownAsPendingAndNeverInClear) {
    ASSERT_EQ(call("CreateDBCluster", new_cluster).status, 200);
    settle();
    const Answer reset = modify({{"MasterUserPassword", "another-one"}, {"ApplyImmediately", "true"}});
    EXPECT_EQ(reset.text("//Status"), "resetting-master-credentials");
    EXPECT_EQ(reset.text("//PendingModifiedValues/MasterUserPassword"), "****");
    const model::Server server = cluster("orders")->server;
    EXPECT_TRUE(sealing_.open(server.pending.master_verifier, server.resource_id));
}

TEST_F(ClusterApi, OtherAttributesChangeAtOnce) {
    ASSERT_EQ(call("CreateDBCluster", new_cluster).status, 200);
    settle();
    const Answer changed =
        modify({{"DeletionProtection", "true"},
                {"PreferredMaintenanceWindow", "Tue:01:00-Tue:02:00"},
                {"CloudwatchLogsExportConfiguration.EnableLogTypes.member.1", "iam-db-auth-error"},
                {"EngineVersion", "17"},
                {"BackupRetentionPeriod", "9"}});
    ASSERT_EQ(changed.status, 200) << changed.error();
    EXPECT_EQ(changed.text("//DeletionProtection"), "true");
    EXPECT_EQ(changed.text("//PreferredMaintenanceWindow"), "tue:01:00-tue:02:00");
    EXPECT_EQ(changed.text("//EnabledCloudwatchLogsExports/member"), "iam-db-auth-error");
    EXPECT_EQ(changed.text("//BackupRetentionPeriod"), "9");
    EXPECT_THAT(modify({{"Port", "5433"}}).error(), StartsWith("InvalidParameterCombination: The port"));
    EXPECT_THAT(modify({{"MonitoringInterval", "7"}}).error(),
                StartsWith("InvalidParameterValue: Invalid monitoring interval"));
    EXPECT_THAT(modify({{"MonitoringInterval", "60"}}).error(),
                StartsWith("InvalidParameterCombination: A MonitoringRoleARN value is required"));
    EXPECT_THAT(modify({{"EngineVersion", "15"}}).error(),
                StartsWith("InvalidParameterCombination: Cannot upgrade"));
    EXPECT_THAT(modify({{"DBClusterInstanceClass", "db.r5.large"}}).error(),
                StartsWith("InvalidParameterCombination: The param"));
    EXPECT_THAT(modify({{"NewDBClusterIdentifier", "x"}}).error(), HasSubstr("give ApplyImmediately"));
}

TEST_F(ClusterApi, DeletionKeepsItsOrder) {
    ASSERT_EQ(call("CreateDBCluster", with(new_cluster, {{"DeletionProtection", "true"}})).status, 200);
    EXPECT_EQ(remove().text("//Code"), "InvalidDBClusterStateFault");
    ASSERT_EQ(call("CreateDBInstance", new_member).status, 200);
    settle();
    EXPECT_EQ(remove().error(),
              "InvalidParameterCombination: Cannot delete protected Cluster, please disable deletion "
              "protection and try "
              "again.");
    ASSERT_EQ(modify({{"DeletionProtection", "false"}}).status, 200);
    EXPECT_EQ(remove({}).error(),
              "InvalidParameterCombination: FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot "
              "is specified.");
    EXPECT_THAT(remove({{"FinalDBSnapshotIdentifier", "last-"}}).error(),
                HasSubstr("FinalDBSnapshotIdentifier is not a valid identifier"));
    EXPECT_EQ(remove().error(),
              "InvalidDBClusterStateFault: Cluster cannot be deleted, it still contains DB instances in "
              "non-deleting "
              "state.");
    const Answer gone = call("DeleteDBInstance", {{"DBInstanceIdentifier", "orders-1"}});
    EXPECT_EQ(gone.text("//DBInstanceStatus"), "deleting") << gone.error();
    const Answer deleted = remove();
    EXPECT_EQ(deleted.text("//Status"), "deleting") << deleted.error();
    EXPECT_EQ(cluster("orders")->wish, model::Wish::deleted);
    EXPECT_EQ(remove().text("//Code"), "InvalidDBClusterStateFault");
    settle();
    const Answer none = describe();
    EXPECT_EQ(none.status, 404);
    EXPECT_EQ(none.error(), "DBClusterNotFoundFault: DBCluster orders not found.");
}

TEST_F(ClusterApi, ClustersAreFoundByIdentifierArnAndFilter) {
    for (const char* id : {"a", "b"})
        ASSERT_EQ(call("CreateDBCluster", with(new_cluster, {{"DBClusterIdentifier", id}})).status, 200);
    const std::string arn = "arn:aws:rds:eu-central-1:123456789012:cluster:a";
    EXPECT_EQ(call("DescribeDBClusters", {}).count("//DBCluster"), 2u);
    EXPECT_EQ(call("DescribeDBClusters", {{"DBClusterIdentifier", "A"}}).count("//DBCluster"), 1u);
    EXPECT_EQ(call("DescribeDBClusters", {{"DBClusterIdentifier", arn}}).text("//DBClusterIdentifier"), "a");
    EXPECT_EQ(
        call("DescribeDBClusters", {{"DBClusterIdentifier", "arn:aws:rds:us-east-1:123456789012:cluster:a"}})
            .status,
        404);
    const auto filtered = [&](const std::string& name, const std::string& value) {
        return call("DescribeDBClusters",
                    {{"Filters.Filter.1.Name", name}, {"Filters.Filter.1.Values.Value.1", value}});
    };
    EXPECT_EQ(filtered("db-cluster-id", arn).text("//DBClusterIdentifier"), "a");
    EXPECT_EQ(
        filtered("db-cluster-resource-id", cluster("b")->server.resource_id).text("//DBClusterIdentifier"),
        "b");
    EXPECT_EQ(filtered("engine", "postgres").count("//DBCluster"), 0u);
    EXPECT_EQ(filtered("colour", "red").error(), "InvalidParameterValue: Unrecognized filter name: colour");
}

TEST_F(ClusterApi, ListsComeInPages) {
    for (int i = 0; i < 25; ++i) {
        model::DBCluster other;
        other.id = fmt::format("c{:02}", i);
        other.region = region;
        ASSERT_TRUE(
            store_->commit({{}, {store::put(model::keys::cluster(account, region, other.id), other)}}));
    }
    const Answer first = call("DescribeDBClusters", {{"MaxRecords", "20"}});
    EXPECT_EQ(first.count("//DBCluster"), 20u);
    const Answer rest =
        call("DescribeDBClusters", {{"MaxRecords", "20"}, {"Marker", first.text("//Marker")}});
    EXPECT_EQ(rest.count("//DBCluster"), 5u);
    EXPECT_EQ(rest.count("//Marker"), 0u);
    EXPECT_EQ(rest.text("//DBCluster/DBClusterIdentifier"), "c20");
    EXPECT_EQ(call("DescribeDBClusters", {{"MaxRecords", "5"}}).text("//Code"), "InvalidParameterValue");
    EXPECT_EQ(call("DescribeDBClusters", {{"Marker", "?"}}).text("//Code"), "InvalidParameterValue");
}

TEST_F(ClusterApi, ThereAreNoGlobalClusters) {
    const Answer none =
        call("DescribeGlobalClusters",
             {{"Filters.Filter.1.Name", "db-cluster-id"},
              {"Filters.Filter.1.Values.Value.1", "arn:aws:rds:eu-central-1:123456789012:cluster:orders"}});
    ASSERT_EQ(none.status, 200) << none.error();
    EXPECT_EQ(none.count("//GlobalClusters"), 1u);
    EXPECT_EQ(none.count("//GlobalClusterIdentifier"), 0u);
    EXPECT_EQ(call("DescribeGlobalClusters", {{"GlobalClusterIdentifier", "all"}}).text("//Code"),
              "GlobalClusterNotFoundFault");
}

TEST_F(ClusterApi, EveryResourceOfACreationIsAuthorised) {
    const std::string limited = "AKIALIMITEDLIMITED00";
    add_limited_user(limited,
                     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"rds:*","Resource":[
        "arn:aws:rds:eu-central-1:123456789012:cluster:orders","arn:aws:rds:*:*:cluster-pg:default.*"]}]})");
    const Answer elsewhere =
        call("CreateDBCluster", with(new_cluster, {{"DBClusterIdentifier", "other"}}), limited);
    EXPECT_EQ(elsewhere.status, 403);
    EXPECT_THAT(elsewhere.error(), HasSubstr("arn:aws:rds:eu-central-1:123456789012:cluster:other"));
    const Answer group = call("CreateDBCluster", with(new_cluster, {{"DBSubnetGroupName", "net"}}), limited);
    EXPECT_THAT(group.error(), HasSubstr("arn:aws:rds:eu-central-1:123456789012:subgrp:net"));
    EXPECT_EQ(call("CreateDBCluster", new_cluster, limited).status, 200);
    EXPECT_EQ(call("DescribeDBClusters", {{"DBClusterIdentifier", "ORDERS"}}, limited).status, 200);
    EXPECT_THAT(call("DescribeDBClusters", {}, limited).error(), HasSubstr(":cluster:*"));
}

}  // namespace
}  // namespace countersign::rds
