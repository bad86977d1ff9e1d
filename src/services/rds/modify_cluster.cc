#include <fmt/format.h>

#include "services/rds/clusters.h"
#include "services/rds/describe.h"
#include "services/rds/entities.h"
#include "services/rds/master_password.h"
#include "services/rds/networks.h"
#include "services/rds/passthrough.h"
#include "services/rds/pending.h"
#include "services/rds/rename.h"
#include "services/rds/servers.h"
#include "services/rds/storage_rules.h"
#include "services/rds/validation.h"
#include "services/rds/windows.h"

namespace countersign::rds {

using gateway::Call;
using ClusterChange = api::ModifyDBClusterMessage;

const gateway::Supported modify_cluster_parameters{{
    "AllowMajorVersionUpgrade",
    "ApplyImmediately",
    "AutoMinorVersionUpgrade",
    "BacktrackWindow",
    "BackupRetentionPeriod",
    "CACertificateIdentifier",
    "CloudwatchLogsExportConfiguration",
    "CopyTagsToSnapshot",
    "DBClusterIdentifier",
    "DBClusterParameterGroupName",
    "DBInstanceParameterGroupName",
    "DatabaseInsightsMode",
    "DeletionProtection",
    "Domain",
    "DomainIAMRoleName",
    "EnableGlobalWriteForwarding",
    "EnableHttpEndpoint",
    "EnableIAMDatabaseAuthentication",
    "EnableLimitlessDatabase",
    "EnableLocalWriteForwarding",
    "EnablePerformanceInsights",
    "EngineLifecycleSupport",
    "EngineMode",
    "EngineVersion",
    "ManageMasterUserPassword",
    "MasterUserAuthenticationType",
    "MasterUserPassword",
    "MasterUserSecretKmsKeyId",
    "MonitoringInterval",
    "MonitoringRoleArn",
    "NetworkType",
    "NewDBClusterIdentifier",
    "OptionGroupName",
    "PerformanceInsightsKMSKeyId",
    "PerformanceInsightsRetentionPeriod",
    "Port",
    "PreferredBackupWindow",
    "PreferredMaintenanceWindow",
    "RotateMasterUserPassword",
    "ServerlessV2ScalingConfiguration",
    "StorageType",
    "VpcSecurityGroupIds",
}};

namespace {

Result<void> check_cluster_features(const ClusterChange& input) {
    TRY(refuse_switched_on({{"EnableHttpEndpoint", input.EnableHttpEndpoint},
                            {"EnableGlobalWriteForwarding", input.EnableGlobalWriteForwarding},
                            {"EnableLocalWriteForwarding", input.EnableLocalWriteForwarding},
                            {"EnableLimitlessDatabase", input.EnableLimitlessDatabase}}));
    if (input.EngineMode.value_or("provisioned") != "provisioned")
        return invalid_combination(
            fmt::format("The engine mode {} you requested is currently unavailable.", *input.EngineMode));
    TRY(check_cluster_storage_type(input.StorageType));
    TRY(check_authentication_type(input.MasterUserAuthenticationType));
    TRY(check_option_group(input.OptionGroupName));
    TRY(check_backtrack(input.BacktrackWindow));
    TRY(check_capacity(input.ServerlessV2ScalingConfiguration));
    TRY(check_insights_retention(input.PerformanceInsightsRetentionPeriod));
    TRY(check_certificate_authority(input.CACertificateIdentifier));
    return check_retention(input.BackupRetentionPeriod, cluster_retention);
}

// A failed cluster still takes what needs no server, such as the end of its deletion protection.
bool is_modifiable_cluster(const model::DBCluster& cluster, const ClusterChange& input) {
    if (cluster.wish == model::Wish::deleted) return false;
    const bool needs_server = input.EnableIAMDatabaseAuthentication || input.MasterUserPassword ||
                              input.ManageMasterUserPassword || input.RotateMasterUserPassword ||
                              input.ApplyImmediately.value_or(false);
    return cluster.status == model::DatabaseStatus::available ||
           (cluster.status == model::DatabaseStatus::failed && !needs_server);
}

Result<void> check_state(const model::DBCluster& cluster, const ClusterChange& input) {
    if (!is_modifiable_cluster(cluster, input))
        return Error{Fault::conflict,
                     fmt::format("DB Cluster {} is not currently in the available state.", cluster.id),
                     "InvalidDBClusterStateFault"};
    const bool new_port =
        input.Port && *input.Port != cluster.server.port && input.Port != echoed_number(cluster.kept, "Port");
    if (new_port)
        return invalid_combination(
            "The port cannot be changed: a cluster's endpoint never changes in its life.");
    return {};
}

Result<void> change_cluster_attributes(model::DBCluster& cluster, const ClusterChange& input) {
    TRY(check_monitoring_change(cluster.kept, input.MonitoringInterval, input.MonitoringRoleArn));
    Windows windows = TRY(changed_windows({cluster.backup_window, cluster.maintenance_window},
                                          input.PreferredBackupWindow, input.PreferredMaintenanceWindow));
    cluster.backup_window = std::move(windows.backup);
    cluster.maintenance_window = std::move(windows.maintenance);
    cluster.deletion_protection = input.DeletionProtection.value_or(cluster.deletion_protection);
    cluster.copy_tags_to_snapshot = input.CopyTagsToSnapshot.value_or(cluster.copy_tags_to_snapshot);
    if (input.CloudwatchLogsExportConfiguration) {
        const api::CloudwatchLogsExportConfiguration& logs = *input.CloudwatchLogsExportConfiguration;
        const std::vector<std::string> none;
        TRY(check_log_types(aurora, logs.EnableLogTypes.value_or(none)));
        cluster.log_exports = changed_exports(cluster.log_exports, logs.EnableLogTypes.value_or(none),
                                              logs.DisableLogTypes.value_or(none));
    }
    echo_of_any_cluster(cluster.kept, input);
    return {};
}

Result<GroupUse> changed_cluster_group(const Deps& deps, const Call& call, model::DBCluster& cluster,
                                       const ClusterChange& input, const UpgradeTarget& target) {
    TRY(check_group_for_upgrade(target, "cluster", cluster.parameter_group,
                                input.DBClusterParameterGroupName));
    if (!input.DBClusterParameterGroupName) return GroupUse();
    GroupUse use =
        TRY(use_cluster_parameter_group(deps.store, call,
                                        {aurora, target ? target->text() : cluster.server.engine_version,
                                         input.DBClusterParameterGroupName}));
    if (!target) cluster.parameter_group = use.name;
    return use;
}

// Of use in an upgrade alone; but it must be there.
Result<GroupUse> group_of_members(const Deps& deps, const Call& call, const model::DBCluster& cluster,
                                  const ClusterChange& input, const UpgradeTarget& target) {
    const std::optional<std::string>& given = input.DBInstanceParameterGroupName;
    for (const auto& member : TRY(members_of(deps.store, cluster)))
        TRY(check_group_for_upgrade(target, "instance", member.parameter_group, given));
    if (!given) return GroupUse();
    return use_instance_parameter_group(
        deps.store, call, {aurora, target ? target->text() : cluster.server.engine_version, given});
}

// The status says at once that changes are being applied, so that whoever waits for "available" waits for
// them.
Result<store::Transaction> change_cluster_access(const Deps& deps, const Call& call,
                                                 model::DBCluster& cluster, const ClusterChange& input,
                                                 const std::optional<Upgrade>& upgrade) {
    AskedChanges asked;
    asked.upgrade = upgrade;
    asked.iam_enabled = input.EnableIAMDatabaseAuthentication;
    asked.apply_immediately = input.ApplyImmediately.value_or(false);
    const AskedPassword asked_password{input.MasterUserPassword,
                                       input.ManageMasterUserPassword,
                                       input.RotateMasterUserPassword,
                                       input.MasterUserSecretKmsKeyId,
                                       cluster_password,
                                       asked.apply_immediately,
                                       !asked.apply_immediately};
    const PasswordOwner owner{call, "cluster", cluster.server.resource_id,
                              !cluster.server.pending.master_verifier.empty()};
    MasterPassword next = TRY(next_password(deps, owner, asked_password, cluster.kept));
    if (next.password)
        asked.master_verifier = sealed_verifier(deps, *next.password, cluster.server.resource_id);
    if (ask_for(cluster.server, asked)) cluster.status = status_while_changing(cluster.server.pending);
    return std::move(next.secret);
}

}  // namespace

Result<api::ModifyDBClusterResult> modify_cluster(const Deps& deps, const Call& call,
                                                  const ClusterChange& input) {
    TRY(check_cluster_features(input));
    return store::retry_races([&]() -> Result<api::ModifyDBClusterResult> {
        auto stored = TRY(find_cluster(deps.store, call, *input.DBClusterIdentifier));
        model::DBCluster& cluster = stored.record;
        TRY(check_state(cluster, input));
        const OptionNames options_before = model::options_on(cluster);
        TRY(change_cluster_attributes(cluster, input));
        const AskedVersion version{input.EngineVersion, input.AllowMajorVersionUpgrade.value_or(false)};
        const UpgradeTarget target = TRY(change_version(deps, cluster.server, version, cluster.kept));
        GroupUse parameters = TRY(changed_cluster_group(deps, call, cluster, input, target));
        GroupUse of_members = TRY(group_of_members(deps, call, cluster, input, target));
        NetworkUse network =
            TRY(changed_network(deps, call, {input.VpcSecurityGroupIds, cluster.subnet_group}));
        if (!network.groups.empty()) cluster.security_groups = network.groups;
        store::Transaction secret =
            TRY(change_cluster_access(deps, call, cluster, input,
                                      upgrade_asked_for(cluster.server, input.EngineVersion, target,
                                                        {parameters.name, of_members.name})));
        const OptionNames options = turned_on(options_before, model::options_on(cluster));
        TRY(check_taken(deps, options));
        store::Transaction change =
            TRY(written(deps, call, stored, {input.NewDBClusterIdentifier, input.ApplyImmediately}));
        report_options(deps, call, databases::source_of(cluster), options, change);
        std::move(network).join(deps, call, databases::source_of(cluster), change);
        std::move(parameters).join(change);
        std::move(of_members).join(change);
        add_to(change, std::move(secret));
        TRY(deps.store.commit(change));
        api::ModifyDBClusterResult answer;
        answer.DBCluster = TRY(describe(deps.store, call, cluster));
        return answer;
    });
}

}  // namespace countersign::rds
