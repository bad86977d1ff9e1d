#include <gmock/gmock.h>

#include "services/rds/api_fixture.h"

namespace countersign::rds {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const Parameters new_cluster = {{"DBClusterIdentifier", "orders"},
                                {"Engine", "aurora-postgresql"},
                                {"MasterUsername", "postgres"},
                                {"MasterUserPassword", "correct-horse"},
                                {"EnableIAMDatabaseAuthentication", "true"}};
const Parameters new_member = {{"DBInstanceIdentifier", "orders-1"},
                               {"DBClusterIdentifier", "orders"},
                               {"Engine", "aurora-postgresql"},
                               {"DBInstanceClass", "db.r6g.large"}};
const Parameters new_instance = {{"DBInstanceIdentifier", "alone"},
                                 {"Engine", "postgres"},
                                 {"DBInstanceClass", "db.t3.micro"},
                                 {"MasterUsername", "boss"},
                                 {"MasterUserPassword", "correct-horse"},
                                 {"AllocatedStorage", "30"},
                                 {"DBName", "app"}};

Parameters with(Parameters parameters, const Parameters& more) {
    for (const auto& [name, value] : more) parameters[name] = value;
    return parameters;
}

class InstanceApi : public ApiTest {
protected:
    Answer describe(const std::string& id) const {
        return call("DescribeDBInstances", {{"DBInstanceIdentifier", id}});
    }
    Answer modify(const std::string& id, const Parameters& more) const {
        return call("ModifyDBInstance", with({{"DBInstanceIdentifier", id}}, more));
    }
    void create_group() {
        const Answer group = call("CreateDBSubnetGroup", {{"DBSubnetGroupName", "Net"},
                                                          {"DBSubnetGroupDescription", "two subnets"},
                                                          {"SubnetIds.SubnetIdentifier.1", "subnet-a"},
                                                          {"SubnetIds.SubnetIdentifier.2", "subnet-b"}});
        ASSERT_EQ(group.status, 200) << group.error();
    }
};

TEST_F(InstanceApi, AnInstanceOfItsOwnIsDescribed) {
    create_group();
    const Answer created =
        call("CreateDBInstance", with(new_instance, {{"DBSubnetGroupName", "net"},
                                                     {"EngineVersion", "15"},
                                                     {"VpcSecurityGroupIds.VpcSecurityGroupId.1", "sg-1"},
                                                     {"PubliclyAccessible", "true"}}));
    ASSERT_EQ(created.status, 200) << created.error();
    EXPECT_EQ(created.text("//DBInstanceStatus"), "creating");
    EXPECT_EQ(created.count("//Endpoint"), 0u);
    EXPECT_EQ(created.count("//InstanceCreateTime"), 0u);
    EXPECT_EQ(created.count("//DBInstance/AvailabilityZone"), 0u);
    EXPECT_EQ(created.text("//PendingModifiedValues/MasterUserPassword"), "****");
    settle();
    const Answer described = describe("alone");
    const std::map<std::string, std::string> expected = {
        {"DBInstanceIdentifier", "alone"},
        {"DBInstanceStatus", "available"},
        {"DBInstanceClass", "db.t3.micro"},
        {"Engine", "postgres"},
        {"EngineVersion", "15.20"},
        {"MasterUsername", "boss"},
        {"DBName", "app"},
        {"AllocatedStorage", "30"},
        {"Endpoint/Address", "localhost"},
        {"PubliclyAccessible", "true"},
        {"IAMDatabaseAuthenticationEnabled", "false"},
        {"LicenseModel", "postgresql-license"},
        {"CACertificateIdentifier", "countersign-ca"},
        {"DBSubnetGroup/DBSubnetGroupName", "net"},
        {"DBSubnetGroup/Subnets/Subnet/SubnetIdentifier", "subnet-a"},
        {"DBParameterGroups/DBParameterGroup/DBParameterGroupName", "default.postgres15"},
        {"OptionGroupMemberships/OptionGroupMembership/OptionGroupName", "default:postgres-15"},
        {"VpcSecurityGroups/VpcSecurityGroupMembership/VpcSecurityGroupId", "sg-1"},
        {"DBInstanceArn", "arn:aws:rds:eu-central-1:123456789012:db:alone"}};
    for (const auto& [member, value] : expected)
        EXPECT_EQ(described.text("//DBInstances/DBInstance/" + member), value) << member;
    EXPECT_EQ(described.text("//Endpoint/Port"), std::to_string(instance("alone")->server->port));
    EXPECT_EQ(described.text("//DbiResourceId"), instance("alone")->server->resource_id);
    EXPECT_EQ(described.count("//InstanceCreateTime"), 1u);
    EXPECT_EQ(described.count("//PendingModifiedValues/*"), 0u);
}

TEST_F(InstanceApi, AMemberShowsItsClustersServer) {
    ASSERT_EQ(call("CreateDBCluster", with(new_cluster, {{"BackupRetentionPeriod", "7"}})).status, 200);
    const Answer created = call("CreateDBInstance", with(new_member, {{"PromotionTier", "3"}}));
    ASSERT_EQ(created.status, 200) << created.error();
    settle();
    const Answer described = describe("orders-1");
    EXPECT_EQ(described.text("//DBClusterIdentifier"), "orders");
    EXPECT_EQ(described.text("//MasterUsername"), "postgres");
    EXPECT_EQ(described.text("//BackupRetentionPeriod"), "7");
    EXPECT_EQ(described.text("//DBInstance/IAMDatabaseAuthenticationEnabled"), "true");
    EXPECT_EQ(described.text("//Endpoint/Port"), std::to_string(cluster("orders")->server.port));
    EXPECT_THAT(described.text("//DbiResourceId"), StartsWith("db-"));
    const Answer members = call("DescribeDBClusters", {});
    EXPECT_EQ(members.text("//DBClusterMember/DBInstanceIdentifier"), "orders-1");
    EXPECT_EQ(members.text("//DBClusterMember/IsClusterWriter"), "true");
    EXPECT_EQ(members.text("//DBClusterMember/PromotionTier"), "3");
}

struct Refusal {
    Parameters change;
    std::string error;  // how it begins
};

TEST_F(InstanceApi, WhatBelongsToTheClusterIsRefusedForAMember) {
    ASSERT_EQ(call("CreateDBCluster", new_cluster).status, 200);
    const std::string member =
        "InvalidParameterCombination: The requested DB Instance will be a member of a DB Cluster. ";
    const std::vector<Refusal> refusals = {
        {{{"MasterUsername", "boss"}}, member + "Set master user name for the DB Cluster."},
        {{{"MasterUserPassword", "correct-horse"}}, member + "Set master user password"},
        {{{"DBName", "app"}}, member + "Set database name"},
        {{{"EnableIAMDatabaseAuthentication", "true"}}, member + "Set IAM database authentication"},
        {{{"Engine", "postgres"}}, "InvalidParameterCombination: The engine name requested"},
        {{{"EngineVersion", "15"}}, "InvalidParameterCombination: The engine version that"},
        {{{"DBSubnetGroupName", "net"}}, "InvalidParameterCombination: The DB subnet group requested"},
        {{{"DBClusterIdentifier", "nothing"}},
         "DBClusterNotFoundFault: The source cluster could not be found or cannot be accessed: nothing"},
        {{{"DBInstanceClass", "large"}}, "InvalidParameterValue: Invalid DB Instance class: large"},
        {{{"DBInstanceClass", "db.t3.micro"}}, "InvalidParameterCombination: RDS does not support creating"},
        {{{"AllocatedStorage", "20"}},
         "InvalidParameterCombination: Invalid storage size for engine name aurora"},
        {{{"DBInstanceIdentifier", "1x"}}, "InvalidParameterValue: The parameter DBInstanceIdentifier"},
    };
    for (const Refusal& refusal : refusals)
        EXPECT_THAT(call("CreateDBInstance", with(new_member, refusal.change)).error(),
                    StartsWith(refusal.error));
    EXPECT_FALSE(instance("orders-1"));
}

TEST_F(InstanceApi, OneInstanceOfAClusterIsItsWriter) {
    ASSERT_EQ(call("CreateDBCluster", new_cluster).status, 200);
    for (int i = 1; i <= 16; ++i)
        ASSERT_EQ(call("CreateDBInstance",
                       with(new_member, {{"DBInstanceIdentifier", fmt::format("orders-{}", i)}}))
                      .status,
                  200);
    const Answer full = call("CreateDBInstance", with(new_member, {{"DBInstanceIdentifier", "orders-17"}}));
    EXPECT_EQ(full.text("//Code"), "InstanceQuotaExceeded");
    const std::string writer = "//DBClusterMember[IsClusterWriter='true']";
    const Answer cluster = call("DescribeDBClusters", {});
    EXPECT_EQ(cluster.count("//DBClusterMember"), 16u);
    EXPECT_EQ(cluster.count(writer), 1u);
    EXPECT_EQ(cluster.text(writer + "/DBInstanceIdentifier"), "orders-1");
    settle();
    ASSERT_EQ(call("DeleteDBInstance", {{"DBInstanceIdentifier", "orders-1"}}).status, 200);
    const Answer without = call("DescribeDBClusters", {});
    EXPECT_EQ(without.count(writer), 1u);  // until another one has taken over
    EXPECT_EQ(without.text(writer + "/DBInstanceIdentifier"), "orders-1");
}

TEST_F(InstanceApi, WhatCannotBeCreatedIsRefused) {
    const std::vector<Refusal> refusals = {
        {{{"Engine", "mysql"}}, "InvalidParameterValue: Invalid DB engine"},
        {{{"Engine", "aurora-postgresql"}},
         "InvalidParameterCombination: A DB instance of the engine aurora"},
        {{{"MasterUserPassword", ""}},
         "InvalidParameterValue: The parameter MasterUserPassword must be provided"},
        {{{"MasterUserPassword", "has blank in it"}},
         "InvalidParameterValue: The parameter MasterUserPassword is not"},
        {{{"DBName", "1app"}}, "InvalidParameterValue: DBName must begin"},
        {{{"AllocatedStorage", ""}},
         "InvalidParameterValue: The parameter AllocatedStorage must be provided and must not be null."},
        {{{"AllocatedStorage", "10"}}, "InvalidParameterCombination: Invalid storage size for engine name"},
        {{{"PromotionTier", "1"}}, "InvalidParameterCombination: You cannot set the promotion tier"},
        {{{"PreferredMaintenanceWindow", "mon:03:00-mon:03:05"}},
         "InvalidParameterValue: Maintenance window must be at least 30 minutes."},
        {{{"MultiAZ", "true"}}, "InvalidParameterCombination: MultiAZ is not supported here: there is"},
        {{{"StorageEncrypted", "true"}}, "InvalidParameterCombination: StorageEncrypted"},
        {{{"LicenseModel", "bring-your-own-license"}}, "InvalidParameterCombination: Invalid license model"},
        {{{"DBParameterGroupName", "mine"}}, "DBParameterGroupNotFound: "},
        {{{"OptionGroupName", "mine"}}, "OptionGroupNotFoundFault: "},
        {{{"CACertificateIdentifier", "my-ca"}}, "CertificateNotFound: "},
        {{{"DBInstanceClass", "db.serverless"}},
         "InvalidParameterCombination: RDS does not support creating"},
        {{{"EngineVersion", "15.4"}}, "InvalidParameterCombination: Cannot find version 15.4 for postgres"},
        {{{"Timezone", "UTC"}}, "InvalidParameterCombination: The parameter Timezone is not supported here."},
    };
    for (const Refusal& refusal : refusals)
        EXPECT_THAT(call("CreateDBInstance", with(new_instance, refusal.change)).error(),
                    StartsWith(refusal.error));
    EXPECT_FALSE(instance("alone"));
}

TEST_F(InstanceApi, TheQuotaIsFortyInstances) {
    for (int i = 0; i < 40; ++i) {
        model::DBInstance other;
        other.id = "i" + std::to_string(i);
        ASSERT_TRUE(
            store_->commit({{}, {store::put(model::keys::instance(account, region, other.id), other)}}));
    }
    EXPECT_EQ(call("CreateDBInstance", new_instance).error(),
              "InstanceQuotaExceeded: DB Instance quota exceeded");
    EXPECT_EQ(call("CreateDBInstance", with(new_instance, {{"DBInstanceIdentifier", "i7"}})).error(),
              "DBInstanceAlreadyExists: DB instance already exists");
}

TEST_F(InstanceApi, IamIsModifiedOnAnInstanceOfItsOwnOnly) {
    ASSERT_EQ(call("CreateDBInstance", new_instance).status, 200);
    EXPECT_EQ(modify("alone", {{"EnableIAMDatabaseAuthentication", "true"}}).text("//Code"),
              "InvalidDBInstanceState");
    ASSERT_EQ(call("CreateDBCluster", new_cluster).status, 200);
    ASSERT_EQ(call("CreateDBInstance", new_member).status, 200);
    settle();
    const Answer applied =
        modify("alone", {{"EnableIAMDatabaseAuthentication", "true"}, {"ApplyImmediately", "true"}});
    EXPECT_EQ(applied.text("//DBInstanceStatus"), "configuring-iam-database-auth") << applied.error();
    EXPECT_EQ(applied.text("//PendingModifiedValues/IAMDatabaseAuthenticationEnabled"), "true");
    EXPECT_EQ(modify("orders-1", {{"EnableIAMDatabaseAuthentication", "false"}}).error(),
              "InvalidParameterCombination: The specified DB Instance is a member of a cluster. Modify IAM "
              "database "
              "authentication for the DB Cluster using the ModifyDbCluster API");
    EXPECT_EQ(modify("orders-1", {{"DBInstanceClass", "db.t3.medium"}}).text("//DBInstanceClass"),
              "db.t3.medium");
}

TEST_F(InstanceApi, APasswordChangesAtOnceUnlessAnotherChangeWaits) {
    ASSERT_EQ(call("CreateDBInstance", new_instance).status, 200);
    settle();
    EXPECT_EQ(modify("alone", {{"MasterUserPassword", "another-one"}}).text("//DBInstanceStatus"),
              "resetting-master-credentials");
    ASSERT_EQ(call("CreateDBInstance", with(new_instance, {{"DBInstanceIdentifier", "two"}})).status, 200);
    settle();
    ASSERT_EQ(modify("two", {{"EnableIAMDatabaseAuthentication", "true"}}).text("//DBInstanceStatus"),
              "available");
    const Answer both = modify("two", {{"MasterUserPassword", "another-one"}});
    EXPECT_EQ(both.text("//DBInstanceStatus"), "available");
    EXPECT_EQ(both.count("//PendingModifiedValues/*"), 2u);
}

TEST_F(InstanceApi, AnInstanceIsRebootedWhenItIsAvailable) {
    ASSERT_EQ(call("CreateDBInstance", new_instance).status, 200);
    const auto reboot = [&](const Parameters& more) {
        return call("RebootDBInstance", with({{"DBInstanceIdentifier", "alone"}}, more));
    };
    EXPECT_EQ(reboot({}).text("//Code"), "InvalidDBInstanceState");
    settle();
    EXPECT_EQ(reboot({{"ForceFailover", "true"}}).text("//Code"), "InvalidParameterCombination");
    EXPECT_FALSE(instance("alone")->reboot);
    EXPECT_EQ(reboot({{"ForceFailover", "false"}}).text("//DBInstanceStatus"), "rebooting");
    EXPECT_TRUE(instance("alone")->reboot);
    EXPECT_EQ(describe("alone").text("//DBInstanceStatus"), "rebooting");
    EXPECT_EQ(reboot({}).text("//Code"), "InvalidDBInstanceState");
    EXPECT_EQ(call("RebootDBInstance", {{"DBInstanceIdentifier", "none"}}).text("//Code"),
              "DBInstanceNotFound");
}

TEST_F(InstanceApi, AnInstanceOfItsOwnIsDeletedWithoutASnapshot) {
    ASSERT_EQ(call("CreateDBInstance", new_instance).status, 200);
    const auto remove = [&](const Parameters& more) {
        return call("DeleteDBInstance", with({{"DBInstanceIdentifier", "alone"}}, more));
    };
    EXPECT_EQ(remove({{"SkipFinalSnapshot", "true"}}).text("//Code"), "InvalidDBInstanceState");
    settle();
    EXPECT_EQ(remove({}).text("//Code"), "InvalidParameterCombination");
    EXPECT_EQ(remove({{"SkipFinalSnapshot", "true"}}).text("//DBInstanceStatus"), "deleting");
    EXPECT_EQ(remove({{"SkipFinalSnapshot", "true"}}).text("//Code"), "InvalidDBInstanceState");
    settle();
    EXPECT_EQ(describe("alone").error(), "DBInstanceNotFound: DBInstance alone not found.");
}

TEST_F(InstanceApi, AnInstanceIsFoundByItsResourceIdOnlyThroughTheFilter) {
    for (const char* id : {"one", "two"})
        ASSERT_EQ(call("CreateDBInstance", with(new_instance, {{"DBInstanceIdentifier", id}})).status, 200);
    const std::string resource_id = instance("two")->resource_id;
    EXPECT_NE(resource_id, instance("one")->resource_id);
    const Answer found = call("DescribeDBInstances", {{"Filters.Filter.1.Name", "dbi-resource-id"},
                                                      {"Filters.Filter.1.Values.Value.1", resource_id}});
    EXPECT_EQ(found.count("//DBInstances/DBInstance"), 1u);
    EXPECT_EQ(found.text("//DBInstanceIdentifier"), "two");
    EXPECT_EQ(describe(resource_id).text("//Code"), "DBInstanceNotFound");
}

TEST_F(InstanceApi, ASubnetGroupInUseStays) {
    create_group();
    const Parameters name = {{"DBSubnetGroupName", "NET"}};
    EXPECT_EQ(call("DescribeDBSubnetGroups", name).text("//SubnetGroupStatus"), "Complete");
    ASSERT_EQ(call("CreateDBInstance", with(new_instance, name)).status, 200);
    const Answer used = call("DeleteDBSubnetGroup", name);
    EXPECT_EQ(used.text("//Code"), "InvalidDBSubnetGroupStateFault");
    EXPECT_THAT(used.error(), HasSubstr("alone"));
    settle();
    const Answer gone =
        call("DeleteDBInstance", {{"DBInstanceIdentifier", "alone"}, {"SkipFinalSnapshot", "true"}});
    ASSERT_EQ(gone.status, 200) << gone.error();
    settle();
    EXPECT_EQ(call("DeleteDBSubnetGroup", name).status, 200);
    EXPECT_EQ(call("DescribeDBSubnetGroups", name).text("//Code"), "DBSubnetGroupNotFoundFault");
}

TEST_F(InstanceApi, ASubnetGroupIsModified) {
    create_group();
    const Parameters subnets = {{"DBSubnetGroupName", "net"},
                                {"SubnetIds.SubnetIdentifier.1", "subnet-b"},
                                {"SubnetIds.SubnetIdentifier.2", "subnet-c"}};
    const Answer moved = call("ModifyDBSubnetGroup", subnets);
    ASSERT_EQ(moved.status, 200) << moved.error();
    EXPECT_EQ(moved.text("//DBSubnetGroupDescription"), "two subnets");
    call("ModifyDBSubnetGroup", with(subnets, {{"DBSubnetGroupDescription", "two others"}}));
    const Answer found = call("DescribeDBSubnetGroups", {{"DBSubnetGroupName", "net"}});
    EXPECT_EQ(found.text("//DBSubnetGroupDescription"), "two others");
    EXPECT_EQ(found.count("//Subnet"), 2u);
    EXPECT_EQ(found.text("//Subnet[2]/SubnetIdentifier"), "subnet-c");
    EXPECT_EQ(call("ModifyDBSubnetGroup", with(subnets, {{"SubnetIds.SubnetIdentifier.2", "subnet-b"}}))
                  .text("//Code"),
              "DBSubnetGroupDoesNotCoverEnoughAZs");
    EXPECT_EQ(call("ModifyDBSubnetGroup", with(subnets, {{"DBSubnetGroupName", "nothing"}})).text("//Code"),
              "DBSubnetGroupNotFoundFault");
}

TEST_F(InstanceApi, TagsAreAddedAndRemovedByArn) {
    create_group();
    ASSERT_EQ(call("CreateDBCluster", new_cluster).status, 200);
    ASSERT_EQ(call("CreateDBInstance", new_instance).status, 200);
    const std::string prefix = "arn:aws:rds:eu-central-1:123456789012:";
    for (const char* resource : {"cluster:orders", "db:alone", "subgrp:net"}) {
        const Parameters arn = {{"ResourceName", prefix + resource}};
        const Answer added = call(
            "AddTagsToResource",
            with(arn, {{"Tags.Tag.1.Key", "env"}, {"Tags.Tag.1.Value", "prod"}, {"Tags.Tag.2.Key", "x"}}));
        ASSERT_EQ(added.status, 200) << added.error();
        EXPECT_EQ(call("ListTagsForResource", arn).text("//TagList/Tag[Key='env']/Value"), "prod")
            << resource;
        ASSERT_EQ(call("RemoveTagsFromResource", with(arn, {{"TagKeys.member.1", "env"}})).status, 200);
        EXPECT_EQ(call("ListTagsForResource", arn).count("//TagList/Tag"), 1u) << resource;
    }
    EXPECT_EQ(call("ListTagsForResource", {{"ResourceName", prefix + "db:nothing"}}).text("//Code"),
              "DBInstanceNotFound");
    EXPECT_EQ(call("ListTagsForResource", {{"ResourceName", "orders"}}).text("//Code"),
              "InvalidParameterValue");
}

TEST_F(InstanceApi, OffersWhatIsInstalled) {
    const Answer versions = call("DescribeDBEngineVersions", {{"Engine", "aurora-postgresql"}});
    EXPECT_EQ(versions.count("//DBEngineVersion"), 2u);
    EXPECT_EQ(versions.text("//DBEngineVersion/EngineVersion"), "15.20");
    const Answer newest = call("DescribeDBEngineVersions", {{"Engine", "postgres"}, {"DefaultOnly", "true"}});
    EXPECT_EQ(newest.text("//DBParameterGroupFamily"), "postgres17");
    EXPECT_EQ(call("DescribeDBEngineVersions", {{"Engine", "mysql"}}).text("//Code"),
              "InvalidParameterValue");
    const Answer options = call("DescribeOrderableDBInstanceOptions",
                                {{"Engine", "postgres"}, {"DBInstanceClass", "db.t3.micro"}});
    EXPECT_EQ(options.count("//OrderableDBInstanceOption"), 2u);
    EXPECT_EQ(options.text("//SupportsIAMDatabaseAuthentication"), "true");
    EXPECT_EQ(call("DescribeCertificates", {}).text("//CertificateIdentifier"), "countersign-ca");
    EXPECT_EQ(call("DescribeCertificates", {{"CertificateIdentifier", "x"}}).text("//Code"),
              "CertificateNotFound");
}

TEST_F(InstanceApi, EventsAreThoseOfTheAskedTimeAndSource) {
    const auto add = [&](const std::string& id, std::chrono::minutes ago) {
        const model::Event event{"db-instance", id, "arn", "something", clock_.now() - ago};
        ASSERT_TRUE(
            store_->commit({{}, {store::put(model::keys::event(account, region, event.time, id), event)}}));
    };
    add("new", std::chrono::minutes(5));
    add("now", std::chrono::minutes(0));
    add("old", std::chrono::minutes(90));
    EXPECT_EQ(call("DescribeEvents", {}).count("//Event"), 2u);
    EXPECT_EQ(call("DescribeEvents", {{"Duration", "120"}}).count("//Event"), 3u);
    const Parameters one = {{"Duration", "120"}, {"SourceIdentifier", "Old"}, {"SourceType", "db-instance"}};
    EXPECT_EQ(call("DescribeEvents", one).text("//SourceIdentifier"), "old");
    EXPECT_EQ(call("DescribeEvents", {{"SourceType", "db-cluster"}}).count("//Event"), 0u);
    EXPECT_EQ(call("DescribeEvents", {{"SourceIdentifier", "old"}}).text("//Code"),
              "InvalidParameterCombination");
    EXPECT_EQ(call("DescribeEvents", {{"Duration", "99999"}}).text("//Code"), "InvalidParameterValue");
}

}  // namespace
}  // namespace countersign::rds
