#include <fmt/format.h>

#include "base/text.h"
#include "model/ids.h"
#include "model/keys.h"
#include "services/rds/clusters.h"
#include "services/rds/describe.h"
#include "services/rds/entities.h"
#include "services/rds/master_password.h"
#include "services/rds/networks.h"
#include "services/rds/passthrough.h"
#include "services/rds/quotas.h"
#include "services/rds/servers.h"
#include "services/rds/snapshot_records.h"
#include "services/rds/storage_rules.h"
#include "services/rds/tag_rules.h"
#include "services/rds/validation.h"
#include "services/rds/windows.h"

namespace countersign::rds {

namespace keys = model::keys;
using gateway::Call;
using NewCluster = api::CreateDBClusterMessage;

const gateway::Supported create_cluster_parameters{{
    "AutoMinorVersionUpgrade",
    "AvailabilityZones",
    "BacktrackWindow",
    "BackupRetentionPeriod",
    "CACertificateIdentifier",
    "CopyTagsToSnapshot",
    "DBClusterIdentifier",
    "DBClusterParameterGroupName",
    "DBSubnetGroupName",
    "DatabaseInsightsMode",
    "DatabaseName",
    "DeletionProtection",
    "Domain",
    "DomainIAMRoleName",
    "EnableCloudwatchLogsExports",
    "EnableGlobalWriteForwarding",
    "EnableHttpEndpoint",
    "EnableIAMDatabaseAuthentication",
    "EnableLimitlessDatabase",
    "EnableLocalWriteForwarding",
    "EnablePerformanceInsights",
    "Engine",
    "EngineLifecycleSupport",
    "EngineMode",
    "EngineVersion",
    "KmsKeyId",
    "ManageMasterUserPassword",
    "MasterUserAuthenticationType",
    "MasterUserPassword",
    "MasterUserSecretKmsKeyId",
    "MasterUsername",
    "MonitoringInterval",
    "MonitoringRoleArn",
    "NetworkType",
    "OptionGroupName",
    "PerformanceInsightsKMSKeyId",
    "PerformanceInsightsRetentionPeriod",
    "Port",
    "PreferredBackupWindow",
    "PreferredMaintenanceWindow",
    "ServerlessV2ScalingConfiguration",
    "StorageEncrypted",
    "StorageType",
    "TagSpecifications",
    "Tags",
    "VpcSecurityGroupIds",
    "WithExpressConfiguration",
}};

namespace {

constexpr std::size_t zones_max = 3;  // that a cluster's storage is spread over

Result<void> check_engine(const NewCluster& input) {
    if (*input.Engine == postgres)
        return invalid_combination(
            "Multi-AZ DB clusters of the engine postgres are not supported here. Use the engine "
            "aurora-postgresql, or create a DB instance.");
    if (*input.Engine != aurora) return invalid_value("Invalid DB engine");
    if (input.EngineMode.value_or("provisioned") != "provisioned")
        return invalid_combination(
            fmt::format("The engine mode {} you requested is currently unavailable.", *input.EngineMode));
    return {};
}

Result<void> check_features_of_new_cluster(const NewCluster& input) {
    TRY(refuse_switched_on({{"WithExpressConfiguration", input.WithExpressConfiguration},
                            {"EnableHttpEndpoint", input.EnableHttpEndpoint},
                            {"EnableGlobalWriteForwarding", input.EnableGlobalWriteForwarding},
                            {"EnableLocalWriteForwarding", input.EnableLocalWriteForwarding},
                            {"EnableLimitlessDatabase", input.EnableLimitlessDatabase}}));
    TRY(check_cluster_storage_type(input.StorageType));
    TRY(check_monitoring(input.MonitoringInterval, input.MonitoringRoleArn));
    if (input.AvailabilityZones && input.AvailabilityZones->size() > zones_max)
        return invalid_value(fmt::format("You cannot specify more than {} availability zones.", zones_max));
    TRY(check_authentication_type(input.MasterUserAuthenticationType));
    TRY(check_option_group(input.OptionGroupName));
    TRY(check_backtrack(input.BacktrackWindow));
    TRY(check_capacity(input.ServerlessV2ScalingConfiguration));
    TRY(check_insights_retention(input.PerformanceInsightsRetentionPeriod));
    return check_certificate_authority(input.CACertificateIdentifier);
}

model::PassthroughAttributes kept_of_cluster(const Call& call, const NewCluster& input) {
    model::PassthroughAttributes kept;
    echo_of_any_cluster(kept, input);
    echo_encryption(kept, call, {input.StorageEncrypted, input.KmsKeyId});
    echo_attribute(kept, "AvailabilityZones", input.AvailabilityZones);
    return kept;
}

// Everything of the record that does not depend on what else there is.
Result<model::DBCluster> described_cluster(const Call& call, const NewCluster& input) {
    model::DBCluster cluster;
    cluster.id = TRY(parse_identifier("DBClusterIdentifier", *input.DBClusterIdentifier));
    cluster.account = call.account();
    cluster.region = call.region;
    cluster.status = model::DatabaseStatus::creating;
    cluster.created = call.now;
    cluster.deletion_protection = input.DeletionProtection.value_or(false);
    cluster.copy_tags_to_snapshot = input.CopyTagsToSnapshot.value_or(false);
    Windows windows = TRY(new_windows(input.PreferredBackupWindow, input.PreferredMaintenanceWindow));
    cluster.backup_window = std::move(windows.backup);
    cluster.maintenance_window = std::move(windows.maintenance);
    cluster.log_exports =
        changed_exports({}, input.EnableCloudwatchLogsExports.value_or(std::vector<std::string>()), {});
    TRY(check_log_types(aurora, cluster.log_exports));
    TRY(check_retention(input.BackupRetentionPeriod, cluster_retention));
    cluster.kept = kept_of_cluster(call, input);
    cluster.tags = TRY(first_tags(input.Tags, input.TagSpecifications, cluster_kind));
    return cluster;
}

Result<NewServer> server_of_new_cluster(const Deps& deps, const Call& call, const NewCluster& input,
                                        model::PassthroughAttributes& kept) {
    TRY(check_master_username(input.MasterUsername, cluster_username));
    const AskedPassword asked{input.MasterUserPassword,
                              input.ManageMasterUserPassword,
                              {},
                              input.MasterUserSecretKmsKeyId,
                              cluster_password};
    NewServer server;
    server.resource_id = model::new_resource_id("cluster", deps.random);
    MasterPassword first = TRY(first_password(deps, {call, "cluster", server.resource_id}, asked, kept));
    TRY(check_database_name("DatabaseName", input.DatabaseName));
    server.engine = aurora;
    server.master_username = *input.MasterUsername;
    server.master_verifier = sealed_verifier(deps, *first.password, server.resource_id);
    server.database_name = input.DatabaseName.value_or("");
    server.iam_enabled = input.EnableIAMDatabaseAuthentication.value_or(false);
    server.secret = std::move(first.secret);
    return server;
}

Result<void> check_room_for_cluster(const Deps& deps, const Call& call, const std::string& id) {
    const auto clusters = TRY(all_clusters(deps.store, call));
    for (const auto& cluster : clusters)
        if (cluster.record.id == id)
            return Error{Fault::exists, "DB Cluster already exists", "DBClusterAlreadyExistsFault"};
    if (clusters.size() >= most(deps, model::quota::clusters))
        return Error{Fault::conflict, "DB Cluster quota exceeded", "DBClusterQuotaExceededFault"};
    return {};
}

}  // namespace

Result<api::CreateDBClusterResult> create_cluster(const Deps& deps, const Call& call,
                                                  const NewCluster& input) {
    api::CreateDBClusterResult answer;
    answer.DBCluster = TRY(make_cluster(deps, call, input, nullptr));
    return answer;
}

Result<api::DBCluster> make_cluster(const Deps& deps, const Call& call, const NewCluster& input,
                                    const RestoreSource* restored) {
    TRY(check_engine(input));
    TRY(check_features_of_new_cluster(input));
    const ChosenVersion version = TRY(choose_version(deps, aurora, input.EngineVersion));
    const std::optional<std::uint16_t> wanted_port = TRY(parse_port(input.Port));
    model::DBCluster cluster = TRY(described_cluster(call, input));
    echo_attribute(cluster.kept, "EngineVersion", version.shown);
    TRY(check_room_for_cluster(deps, call, cluster.id));
    const NewServer server =
        TRY(restored != nullptr ? server_from(deps, *restored, model::new_resource_id("cluster", deps.random),
                                              input.EnableIAMDatabaseAuthentication)
                                : server_of_new_cluster(deps, call, input, cluster.kept));
    const OptionNames options = model::options_on(cluster);
    TRY(check_taken(deps, options));
    return store::retry_races([&]() -> Result<api::DBCluster> {
        TRY(check_room_for_cluster(deps, call, cluster.id));
        GroupUse subnets = TRY(use_subnet_group(deps.store, call, input.DBSubnetGroupName));
        GroupUse parameters = TRY(use_cluster_parameter_group(
            deps.store, call, {aurora, version.runs.text(), input.DBClusterParameterGroupName}));
        const auto port =
            TRY(databases::choose_port(deps.store, deps.ports, wanted_port, server.resource_id));
        cluster.subnet_group = subnets.name;
        NetworkUse network = TRY(use_network(deps, call, {input.VpcSecurityGroupIds, cluster.subnet_group}));
        cluster.security_groups = network.groups;
        cluster.created = std::max(cluster.created, network.made);
        cluster.parameter_group = parameters.name;
        cluster.server = make_server(server, version.runs, port);
        if (!port.own_host) echo_attribute(cluster.kept, "Port", input.Port);
        const std::string key = keys::cluster(call.account(), call.region, cluster.id);
        store::Transaction creation{port.unclaimed, {store::put(key, cluster), port.claim}};
        creation.guards.push_back(store::absent(key));
        if (restored != nullptr) TRY(join_origin(deps.store, *restored, creation));
        add_to(creation, server.secret);
        const databases::EventSource source = databases::source_of(cluster);
        report_options(deps, call, source, options, creation);
        report_place(deps, call, source, {wanted_port, cluster.server}, creation);
        std::move(network).join(deps, call, source, creation);
        std::move(subnets).join(creation);
        std::move(parameters).join(creation);
        TRY(deps.store.commit(creation));
        return to_api(call, cluster, {});
    });
}

}  // namespace countersign::rds
