#include "services/rds/without_effect.h"

#include <gmock/gmock.h>

#include "services/rds/api_fixture.h"

namespace countersign::rds {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

const Parameters new_cluster = {{"DBClusterIdentifier", "orders"},
                                {"Engine", "aurora-postgresql"},
                                {"MasterUsername", "postgres"},
                                {"MasterUserPassword", "correct-horse"}};
const Parameters new_member = {{"DBInstanceIdentifier", "orders-1"},
                               {"DBClusterIdentifier", "orders"},
                               {"Engine", "aurora-postgresql"},
                               {"DBInstanceClass", "db.r6g.large"}};
const Parameters new_instance = {{"DBInstanceIdentifier", "alone"},       {"Engine", "postgres"},
                                 {"DBInstanceClass", "db.t3.micro"},      {"MasterUsername", "boss"},
                                 {"MasterUserPassword", "correct-horse"}, {"AllocatedStorage", "30"}};
constexpr const char* role = "arn:aws:iam::123456789012:role/import";

Parameters with(Parameters parameters, const Parameters& more) {
    for (const auto& [name, value] : more) parameters[name] = value;
    return parameters;
}

Parameters without(Parameters parameters, const std::string& name) {
    parameters.erase(name);
    return parameters;
}

// On a server of loopback alone.
class LoopbackApi : public ApiTest {
protected:
    LoopbackApi() : ApiTest(model::OptionPolicy{true, {}, {}}) {}

    // The events of a database that tell of options.
    std::vector<std::string> told(const std::string& type, const std::string& id) {
        const Answer events = call("DescribeEvents", {{"SourceType", type}, {"SourceIdentifier", id}});
        std::vector<std::string> options;
        for (const pugi::xpath_node found : events.document.select_nodes("//Message")) {
            const std::string message = found.node().child_value();
            const std::size_t begin = message.find(" has no effect here (");
            if (begin == std::string::npos) continue;
            const std::size_t name = message.find('(', begin) + 1;
            options.push_back(message.substr(name, message.find(')', name) - name));
        }
        std::ranges::sort(options);
        return options;
    }

    std::string verifier(const std::string& sealed, const std::string& context) const {
        const auto opened = sealing_.open(sealed, context);
        return opened ? std::string(opened->reveal()) : "";
    }
};

TEST_F(LoopbackApi, OptionsAreGivenBackAndToldOf) {
    const Answer created =
        call("CreateDBInstance", with(new_instance, {{"StorageEncrypted", "true"},
                                                     {"KmsKeyId", "1234abcd"},
                                                     {"MultiAZ", "true"},
                                                     {"EnablePerformanceInsights", "true"},
                                                     {"PerformanceInsightsRetentionPeriod", "31"},
                                                     {"MonitoringInterval", "60"},
                                                     {"MonitoringRoleArn", role},
                                                     {"CACertificateIdentifier", "rds-ca-rsa2048-g1"},
                                                     {"DomainFqdn", "corp.example.org"},
                                                     {"Domain", "d-1234567890"},
                                                     {"DomainDnsIps.member.1", "10.0.0.1"},
                                                     {"DomainDnsIps.member.2", "10.0.0.2"}}));
    ASSERT_EQ(created.status, 200) << created.error();
    const std::map<std::string, std::string> expected = {
        {"StorageEncrypted", "true"},
        {"KmsKeyId", "arn:aws:kms:eu-central-1:123456789012:key/1234abcd"},
        {"MultiAZ", "true"},
        {"PerformanceInsightsEnabled", "true"},
        {"PerformanceInsightsRetentionPeriod", "31"},
        {"MonitoringInterval", "60"},
        {"MonitoringRoleArn", role},
        {"CACertificateIdentifier", "rds-ca-rsa2048-g1"},
        {"CertificateDetails/CAIdentifier", "rds-ca-rsa2048-g1"},
        {"DomainMemberships/DomainMembership/FQDN", "corp.example.org"},
        {"DomainMemberships/DomainMembership/DnsIps/member[2]", "10.0.0.2"}};
    for (const auto& [member, value] : expected)
        EXPECT_EQ(created.text("//DBInstance/" + member), value) << member;
    EXPECT_THAT(told("db-instance", "alone"),
                ::testing::ElementsAre("ca-certificate", "domain-membership", "enhanced-monitoring",
                                       "multi-az", "performance-insights", "storage-encryption"));
    settle();
    const Answer changed = call("ModifyDBInstance", {{"DBInstanceIdentifier", "alone"},
                                                     {"MultiAZ", "false"},
                                                     {"EnablePerformanceInsights", "false"},
                                                     {"DisableDomain", "true"}});
    EXPECT_EQ(changed.text("//DBInstance/MultiAZ"), "false") << changed.error();
    EXPECT_EQ(changed.count("//PerformanceInsightsRetentionPeriod"), 0u);
    EXPECT_EQ(changed.count("//DomainMembership"), 0u);
    EXPECT_EQ(told("db-instance", "alone").size(), 6u) << "what is turned off is not told of";
}

TEST_F(LoopbackApi, WithoutOptionsNothingIsToldOf) {
    ASSERT_EQ(call("CreateDBCluster", with(new_cluster, {{"StorageEncrypted", "false"},
                                                         {"MonitoringInterval", "0"},
                                                         {"BacktrackWindow", "0"},
                                                         {"EnablePerformanceInsights", "false"}}))
                  .status,
              200);
    EXPECT_THAT(told("db-cluster", "orders"), IsEmpty());
}

TEST_F(LoopbackApi, MembersShowWhatTheirClusterHas) {
    ASSERT_EQ(
        call("CreateDBCluster", with(new_cluster, {{"StorageEncrypted", "true"}, {"EngineVersion", "15.4"}}))
            .status,
        200);
    const Answer member = call("CreateDBInstance", with(new_member, {{"EngineVersion", "15.4"}}));
    EXPECT_EQ(member.text("//DBInstance/StorageEncrypted"), "true") << member.error();
    EXPECT_EQ(member.text("//DBInstance/EngineVersion"), "15.4");
    EXPECT_THAT(told("db-instance", "orders-1"), IsEmpty());
}

TEST_F(LoopbackApi, AMinorVersionThatIsNotInstalledIsShownAndALaterOneRuns) {
    const Answer created = call("CreateDBCluster", with(new_cluster, {{"EngineVersion", "15.4"}}));
    EXPECT_EQ(created.text("//DBCluster/EngineVersion"), "15.4") << created.error();
    EXPECT_EQ(created.text("//DBClusterParameterGroup"), "default.aurora-postgresql15");
    EXPECT_EQ(cluster("orders")->server.engine_version, "15.20");
    EXPECT_THAT(told("db-cluster", "orders"), ::testing::ElementsAre("engine-minor-version"));
    settle();
    const auto version = [&](const char* asked) {
        const Answer answer =
            call("ModifyDBCluster", {{"DBClusterIdentifier", "orders"}, {"EngineVersion", asked}});
        return answer.status == 200 ? answer.text("//DBCluster/EngineVersion") : answer.error();
    };
    EXPECT_EQ(version("15.4"), "15.4");
    EXPECT_EQ(version("15.6"), "15.6");
    EXPECT_EQ(version("15"), "15.20");
    EXPECT_EQ(version("15.20"), "15.20");
    EXPECT_THAT(version("15.21"), HasSubstr("Cannot find version 15.21 for aurora-postgresql"));
    EXPECT_THAT(version("17"), HasSubstr("AllowMajorVersionUpgrade flag must be present"));
}

TEST_F(LoopbackApi, ServerlessCapacityIsGivenBack) {
    ASSERT_EQ(call("CreateDBCluster", new_cluster).status, 200);
    EXPECT_THAT(call("CreateDBInstance", with(new_member, {{"DBInstanceClass", "db.serverless"}})).error(),
                StartsWith("InvalidParameterCombination: Set the Serverless v2 scaling configuration"));
    settle();
    const Answer scaled = call("ModifyDBCluster", {{"DBClusterIdentifier", "orders"},
                                                   {"ServerlessV2ScalingConfiguration.MinCapacity", "0.5"},
                                                   {"ServerlessV2ScalingConfiguration.MaxCapacity", "16"}});
    EXPECT_EQ(scaled.text("//ServerlessV2ScalingConfiguration/MinCapacity"), "0.5") << scaled.error();
    EXPECT_EQ(std::stod(scaled.text("//ServerlessV2ScalingConfiguration/MaxCapacity")), 16);
    const Answer member = call("CreateDBInstance", with(new_member, {{"DBInstanceClass", "db.serverless"}}));
    EXPECT_EQ(member.text("//DBInstanceClass"), "db.serverless") << member.error();
    EXPECT_THAT(told("db-cluster", "orders"), ::testing::ElementsAre("serverless-capacity"));
}

TEST_F(LoopbackApi, AManagedPasswordLiesInASecret) {
    const Answer created = call("CreateDBInstance", with(without(new_instance, "MasterUserPassword"),
                                                         {{"ManageMasterUserPassword", "true"}}));
    const std::string arn = created.text("//MasterUserSecret/SecretArn");
    EXPECT_THAT(arn, StartsWith("arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!db-"))
        << created.error();
    EXPECT_THAT(told("db-instance", "alone"), ::testing::IsEmpty());
    EXPECT_EQ(created.text("//MasterUserSecret/SecretStatus"), "creating");
    const std::string id = instance("alone")->resource_id;
    EXPECT_THAT(verifier(instance("alone")->server->master_verifier, id), StartsWith("SCRAM-SHA-256$"));
    settle();
    const auto modify = [&](const Parameters& more) {
        return call("ModifyDBInstance", with({{"DBInstanceIdentifier", "alone"}}, more));
    };
    EXPECT_THAT(modify({{"MasterUserPassword", "correct-horse"}}).error(), HasSubstr("can't be specified"));
    EXPECT_THAT(modify({{"ManageMasterUserPassword", "false"}}).error(), HasSubstr("must be specified"));
    EXPECT_THAT(modify({{"RotateMasterUserPassword", "true"}}).error(),
                HasSubstr("apply the change immediately"));
    ASSERT_EQ(modify({{"RotateMasterUserPassword", "true"}, {"ApplyImmediately", "true"}}).status, 200);
    const std::string rotated = verifier(instance("alone")->server->pending.master_verifier, id);
    EXPECT_THAT(rotated, StartsWith("SCRAM-SHA-256$"));
    settle();
    const Answer given =
        modify({{"ManageMasterUserPassword", "false"}, {"MasterUserPassword", "correct-horse"}});
    EXPECT_EQ(given.status, 200) << given.error();
    EXPECT_EQ(given.count("//MasterUserSecret"), 0u);
    EXPECT_NE(verifier(instance("alone")->server->pending.master_verifier, id), rotated);
    settle();
    EXPECT_THAT(modify({{"RotateMasterUserPassword", "true"}}).error(),
                HasSubstr("RotateMasterUserPassword"));
}

TEST_F(LoopbackApi, RolesAreAssociatedAndTakenAway) {
    ASSERT_EQ(call("CreateDBCluster", new_cluster).status, 200);
    ASSERT_EQ(call("CreateDBInstance", new_instance).status, 200);
    const Parameters on_cluster = {
        {"DBClusterIdentifier", "orders"}, {"RoleArn", role}, {"FeatureName", "s3Import"}};
    const Parameters on_instance = {
        {"DBInstanceIdentifier", "alone"}, {"RoleArn", role}, {"FeatureName", "s3Import"}};
    EXPECT_THAT(call("AddRoleToDBCluster", on_cluster).error(), StartsWith("InvalidDBClusterStateFault"));
    settle();
    ASSERT_EQ(call("AddRoleToDBCluster", on_cluster).status, 200);
    ASSERT_EQ(call("AddRoleToDBInstance", on_instance).status, 200);
    const Answer clusters = call("DescribeDBClusters", {});
    EXPECT_EQ(clusters.text("//DBClusterRole/RoleArn"), role);
    EXPECT_EQ(clusters.text("//DBClusterRole/Status"), "ACTIVE");
    EXPECT_EQ(call("DescribeDBInstances", {}).text("//DBInstanceRole/FeatureName"), "s3Import");
    EXPECT_THAT(call("AddRoleToDBCluster", on_cluster).error(), StartsWith("DBClusterRoleAlreadyExists"));
    EXPECT_THAT(told("db-cluster", "orders"), ::testing::ElementsAre("associated-roles"));
    ASSERT_EQ(call("RemoveRoleFromDBCluster", on_cluster).status, 200);
    ASSERT_EQ(call("RemoveRoleFromDBInstance", on_instance).status, 200);
    EXPECT_EQ(call("DescribeDBClusters", {}).count("//DBClusterRole"), 0u);
    EXPECT_THAT(call("RemoveRoleFromDBInstance", on_instance).error(), StartsWith("DBInstanceRoleNotFound"));
    EXPECT_THAT(
        call("AddRoleToDBCluster", with(on_cluster, {{"RoleArn", "arn:aws:iam::1:user/somebody"}})).error(),
        ::testing::AnyOf(StartsWith("InvalidParameterValue"), StartsWith("ValidationError")));
}

// Elsewhere, where one option was named.
class NamedApi : public ApiTest {
protected:
    NamedApi() : ApiTest(model::OptionPolicy{false, {"storage-encryption"}, {}}) {}
};

TEST_F(NamedApi, WhatPromisesSafetyIsTakenWhereItIsNamed) {
    ASSERT_EQ(call("CreateDBInstance", with(new_instance, {{"StorageEncrypted", "true"}})).status, 200);
    settle();
    for (const char* action : {"ModifyDBInstance", "CreateDBInstance"}) {
        const Answer refused =
            call(action, action == std::string("ModifyDBInstance")
                             ? Parameters{{"DBInstanceIdentifier", "alone"}, {"MultiAZ", "true"}}
                             : with(new_instance, {{"DBInstanceIdentifier", "two"}, {"MultiAZ", "true"}}));
        EXPECT_THAT(refused.error(), HasSubstr("--accept-without-effect multi-az")) << action;
    }
    EXPECT_FALSE(instance("two"));
}

// Elsewhere, on an encrypted disk.
class EncryptedApi : public ApiTest {
protected:
    EncryptedApi() : ApiTest(model::OptionPolicy{false, {}, {"storage-encryption"}}) {}
};

TEST_F(EncryptedApi, WhatIsTrueIsNotToldOf) {
    const Answer created = call("CreateDBInstance", with(new_instance, {{"StorageEncrypted", "true"}}));
    EXPECT_EQ(created.text("//DBInstance/StorageEncrypted"), "true") << created.error();
    EXPECT_EQ(call("DescribeEvents", {}).count("//Event"), 0u);
}

}  // namespace
}  // namespace countersign::rds
