#include "services/rds/restores.h"

#include <fmt/format.h>

#include "databases/versions.h"
#include "services/rds/clusters.h"
#include "services/rds/instances.h"
#include "services/rds/restored_input.h"
#include "services/rds/snapshot_records.h"
#include "services/rds/validation.h"

namespace countersign::rds {

using gateway::Call;

const gateway::Supported restore_cluster_parameters{{
    "AvailabilityZones",
    "BackupRetentionPeriod",
    "CopyTagsToSnapshot",
    "DBClusterIdentifier",
    "DBClusterParameterGroupName",
    "DBSubnetGroupName",
    "DatabaseName",
    "DeletionProtection",
    "Domain",
    "DomainIAMRoleName",
    "EnableCloudwatchLogsExports",
    "EnableIAMDatabaseAuthentication",
    "EnablePerformanceInsights",
    "Engine",
    "EngineLifecycleSupport",
    "EngineMode",
    "EngineVersion",
    "KmsKeyId",
    "MonitoringInterval",
    "MonitoringRoleArn",
    "NetworkType",
    "OptionGroupName",
    "PerformanceInsightsKMSKeyId",
    "PerformanceInsightsRetentionPeriod",
    "Port",
    "PreferredBackupWindow",
    "ServerlessV2ScalingConfiguration",
    "SnapshotIdentifier",
    "StorageType",
    "TagSpecifications",
    "Tags",
    "VpcSecurityGroupIds",
}};

const gateway::Supported restore_instance_parameters{{
    "AllocatedStorage",
    "AutoMinorVersionUpgrade",
    "AvailabilityZone",
    "BackupRetentionPeriod",
    "BackupTarget",
    "CACertificateIdentifier",
    "CopyTagsToSnapshot",
    "DBInstanceClass",
    "DBInstanceIdentifier",
    "DBName",
    "DBParameterGroupName",
    "DBSnapshotIdentifier",
    "DBSubnetGroupName",
    "DeletionProtection",
    "Domain",
    "DomainAuthSecretArn",
    "DomainDnsIps",
    "DomainFqdn",
    "DomainIAMRoleName",
    "DomainOu",
    "EnableCloudwatchLogsExports",
    "EnableIAMDatabaseAuthentication",
    "Engine",
    "EngineLifecycleSupport",
    "Iops",
    "LicenseModel",
    "MultiAZ",
    "NetworkType",
    "OptionGroupName",
    "Port",
    "PreferredBackupWindow",
    "PubliclyAccessible",
    "StorageThroughput",
    "StorageType",
    "TagSpecifications",
    "Tags",
    "VpcSecurityGroupIds",
}};

namespace {

// A database is restored where its snapshot is, of any account that shares it.
Result<model::Snapshot> restorable(const Deps& deps, const Call& call, const SnapshotNoun& noun,
                                   const std::string& given) {
    const auto stored = TRY(find_usable_snapshot(deps.store, call, noun, given));
    const model::Snapshot& snapshot = stored.record;
    if (snapshot.region != call.region)
        return invalid_value(fmt::format("The snapshot {} is in the region {}. Copy it to {} first.", given,
                                         snapshot.region, call.region));
    if (snapshot.status != model::SnapshotStatus::available) return snapshot_in_wrong_state(noun, snapshot);
    return snapshot;
}

}  // namespace

Result<std::string> restored_version(const model::Snapshot& snapshot,
                                     const std::optional<std::string>& asked) {
    const auto before = databases::parse_engine_version(snapshot.server.engine_version);
    if (!before) return invalid_value("The snapshot has no engine version.");
    const std::string major = std::to_string(before->major);
    if (!asked || *asked == major || asked->starts_with(major + ".")) return asked.value_or(major);
    return invalid_combination(
        fmt::format("Cannot restore a snapshot of version {} as {}. Restore it first, and then upgrade it.",
                    snapshot.server.engine_version, *asked));
}

Result<void> check_restored_engine(const model::Snapshot& snapshot,
                                   const std::optional<std::string>& engine) {
    if (!engine || *engine == snapshot.server.engine) return {};
    return invalid_combination(fmt::format("The data of {} is of the engine {}, not {}.", snapshot.source,
                                           snapshot.server.engine, *engine));
}

Result<void> check_restored_name(const model::Snapshot& snapshot, const std::optional<std::string>& name) {
    if (!name || name->empty() || *name == snapshot.server.database_name) return {};
    return invalid_combination(
        "The database name of a restored PostgreSQL database is that of the original.");
}

Result<api::RestoreDBClusterFromSnapshotResult> restore_cluster(
    const Deps& deps, const Call& call, const api::RestoreDBClusterFromSnapshotMessage& input) {
    const model::Snapshot snapshot =
        TRY(restorable(deps, call, cluster_snapshots, *input.SnapshotIdentifier));
    TRY(check_restored_engine(snapshot, input.Engine));
    TRY(check_restored_name(snapshot, input.DatabaseName));
    api::CreateDBClusterMessage fresh;
    carry_to_cluster(fresh, input, snapshot);
    fresh.EngineVersion = TRY(restored_version(snapshot, input.EngineVersion));
    fresh.AvailabilityZones = input.AvailabilityZones;
    const RestoreSource restored = restore_source_of(snapshot);
    api::RestoreDBClusterFromSnapshotResult answer;
    answer.DBCluster = TRY(make_cluster(deps, call, fresh, &restored));
    return answer;
}

Result<api::RestoreDBInstanceFromDBSnapshotResult> restore_instance(
    const Deps& deps, const Call& call, const api::RestoreDBInstanceFromDBSnapshotMessage& input) {
    if (!input.DBSnapshotIdentifier) return missing("DBSnapshotIdentifier");
    const model::Snapshot snapshot =
        TRY(restorable(deps, call, instance_snapshots, *input.DBSnapshotIdentifier));
    TRY(check_restored_engine(snapshot, input.Engine));
    TRY(check_restored_name(snapshot, input.DBName));
    api::CreateDBInstanceMessage fresh;
    carry_to_instance(fresh, input, snapshot);
    fresh.DBInstanceIdentifier = input.DBInstanceIdentifier;
    fresh.EngineVersion = TRY(restored_version(snapshot, std::nullopt));
    const RestoreSource restored = restore_source_of(snapshot);
    api::RestoreDBInstanceFromDBSnapshotResult answer;
    answer.DBInstance = TRY(make_instance(deps, call, fresh, {&restored}));
    return answer;
}

}  // namespace countersign::rds
