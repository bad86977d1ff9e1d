#include "services/rds/point_in_time.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "databases/backups.h"
#include "databases/versions.h"
#include "formats/iso_time.h"
#include "model/keys.h"
#include "services/rds/clusters.h"
#include "services/rds/describe.h"
#include "services/rds/entities.h"
#include "services/rds/filters.h"
#include "services/rds/instances.h"
#include "services/rds/paging.h"
#include "services/rds/restored_input.h"
#include "services/rds/snapshot_records.h"
#include "services/rds/tag_rules.h"
#include "services/rds/validation.h"

namespace countersign::rds {

namespace keys = model::keys;
using gateway::Call;

const gateway::Supported restore_cluster_to_time_parameters{{
    "BackupRetentionPeriod",
    "CopyTagsToSnapshot",
    "DBClusterIdentifier",
    "DBClusterParameterGroupName",
    "DBSubnetGroupName",
    "DeletionProtection",
    "Domain",
    "DomainIAMRoleName",
    "EnableCloudwatchLogsExports",
    "EnableIAMDatabaseAuthentication",
    "EnablePerformanceInsights",
    "EngineLifecycleSupport",
    "EngineMode",
    "KmsKeyId",
    "MonitoringInterval",
    "MonitoringRoleArn",
    "NetworkType",
    "OptionGroupName",
    "PerformanceInsightsKMSKeyId",
    "PerformanceInsightsRetentionPeriod",
    "Port",
    "PreferredBackupWindow",
    "RestoreToTime",
    "RestoreType",
    "ServerlessV2ScalingConfiguration",
    "SourceDBClusterIdentifier",
    "StorageType",
    "TagSpecifications",
    "Tags",
    "UseLatestRestorableTime",
    "VpcSecurityGroupIds",
}};

const gateway::Supported restore_instance_to_time_parameters{{
    "AllocatedStorage",
    "AutoMinorVersionUpgrade",
    "AvailabilityZone",
    "BackupRetentionPeriod",
    "BackupTarget",
    "CACertificateIdentifier",
    "CopyTagsToSnapshot",
    "DBInstanceClass",
    "DBName",
    "DBParameterGroupName",
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
    "MaxAllocatedStorage",
    "MultiAZ",
    "NetworkType",
    "OptionGroupName",
    "Port",
    "PreferredBackupWindow",
    "PubliclyAccessible",
    "RestoreTime",
    "SourceDBInstanceIdentifier",
    "StorageThroughput",
    "StorageType",
    "TagSpecifications",
    "Tags",
    "TargetDBInstanceIdentifier",
    "UseLatestRestorableTime",
    "VpcSecurityGroupIds",
}};

namespace {

int major_of(const model::Snapshot& snapshot) {
    const auto version = databases::parse_engine_version(snapshot.server.engine_version);
    return version ? version->major : 0;
}

// What was before an upgrade, or before a failover, cannot be gone on from.
std::vector<model::Snapshot> backups_of(const AutomatedBackups& all, const model::Snapshot& now) {
    const auto found = all.find(now.server.resource_id);
    std::vector<model::Snapshot> backups;
    if (found != all.end())
        std::ranges::copy_if(found->second, std::back_inserter(backups), [&](const model::Snapshot& one) {
            return major_of(one) == major_of(now) && model::home_of(one.server) == model::home_of(now.server);
        });
    return backups;
}

std::optional<RestorableTimes> times_of(const Deps& deps, const std::vector<model::Snapshot>& backups,
                                        const model::Snapshot& now) {
    if (backups.empty() || deps.engine == nullptr || databases::retention_of(now.kept) == 0)
        return std::nullopt;
    const Instant newest = *backups.front().finished;
    const Instant archived = deps.engine->restorable_until(model::home_of(now.server)).value_or(newest);
    return RestorableTimes{*backups.back().finished, std::max(archived, newest)};
}

struct AskedTime {
    std::optional<Instant> time;
    bool latest = false;
};

// The newest snapshot that was complete at that time, and the WAL after it.
Result<RestoreSource> restore_source_at(const Deps& deps, const model::Snapshot& now,
                                        const AskedTime& asked) {
    if (asked.time.has_value() == asked.latest)
        return invalid_combination(
            "Specify either a time to restore to or UseLatestRestorableTime, and not both.");
    const SnapshotNoun& noun = now.of_cluster ? cluster_snapshots : instance_snapshots;
    const AutomatedBackups all = TRY(automated_backups(deps.store, noun, now.account, now.region));
    const std::vector<model::Snapshot> backups = backups_of(all, now);
    const std::optional<RestorableTimes> times = times_of(deps, backups, now);
    if (!times)
        return Error{Fault::invalid, fmt::format("{} has no automated backup to restore from.", now.source),
                     now.of_cluster ? "InvalidRestoreFault" : "PointInTimeRestoreNotEnabled"};
    const Instant until = asked.time.value_or(times->latest);
    if (until < times->earliest || until > times->latest)
        return invalid_value(fmt::format(
            "The specified time is not between {} and {}, from when to when {} can "
            "be restored.",
            formats::second_time(times->earliest), formats::second_time(times->latest), now.source));
    const auto base = std::ranges::find_if(
        backups, [&](const model::Snapshot& backup) { return *backup.finished <= until; });
    if (base == backups.end()) return invalid_value("The specified time cannot be restored any more.");
    RestoreSource restored = restore_source_of(*base);
    restored.origin.wal_of = model::home_of(now.server);
    restored.origin.since = base->created;
    restored.origin.until = asked.time;
    return restored;
}

bool has_backups_of_its_own(const model::DBInstance& instance) {
    return instance.server && !instance.server->attached;
}

api::RestoreWindow to_api(const RestorableTimes& times) {
    api::RestoreWindow window;
    window.EarliestTime = times.earliest;
    window.LatestTime = times.latest;
    return window;
}

}  // namespace

Result<AutomatedBackups> automated_backups(store::Store& store, const SnapshotNoun& noun,
                                           std::string_view account, std::string_view region) {
    auto all = TRY(store::load_all<model::Snapshot>(store, snapshots_place(noun, account, region)));
    AutomatedBackups backups;
    for (store::Stored<model::Snapshot>& stored : all) {
        model::Snapshot& snapshot = stored.record;
        if (snapshot.type == model::SnapshotType::automated && snapshot.finished &&
            snapshot.status == model::SnapshotStatus::available)
            backups[snapshot.server.resource_id].push_back(std::move(snapshot));
    }
    for (auto& [server, of_it] : backups)
        std::ranges::sort(of_it, std::ranges::greater(),
                          [](const model::Snapshot& one) { return *one.finished; });
    return backups;
}

std::optional<RestorableTimes> restorable_times(const Deps& deps, const AutomatedBackups& all,
                                                const model::DBCluster& cluster) {
    const model::Snapshot now = databases::snapshot_of(cluster);
    return times_of(deps, backups_of(all, now), now);
}

std::optional<RestorableTimes> restorable_times(const Deps& deps, const AutomatedBackups& all,
                                                const model::DBInstance& instance) {
    if (!has_backups_of_its_own(instance)) return std::nullopt;
    const model::Snapshot now = databases::snapshot_of(instance);
    return times_of(deps, backups_of(all, now), now);
}

Result<api::RestoreDBClusterToPointInTimeResult> restore_cluster_to_time(
    const Deps& deps, const Call& call, const api::RestoreDBClusterToPointInTimeMessage& input) {
    if (input.RestoreType.value_or("full-copy") != "full-copy")
        return invalid_combination("Clones that share storage are not made here; restore a full-copy.");
    if (!input.SourceDBClusterIdentifier) return missing("SourceDBClusterIdentifier");
    const auto source = TRY(find_cluster(deps.store, call, *input.SourceDBClusterIdentifier));
    const model::Snapshot now = databases::snapshot_of(source.record);
    const RestoreSource restored = TRY(
        restore_source_at(deps, now, {input.RestoreToTime, input.UseLatestRestorableTime.value_or(false)}));
    api::CreateDBClusterMessage fresh;
    carry_to_cluster(fresh, input, now);
    fresh.EngineVersion = TRY(restored_version(restored.snapshot, std::nullopt));
    api::RestoreDBClusterToPointInTimeResult answer;
    answer.DBCluster = TRY(make_cluster(deps, call, fresh, &restored));
    return answer;
}

Result<api::RestoreDBInstanceToPointInTimeResult> restore_instance_to_time(
    const Deps& deps, const Call& call, const api::RestoreDBInstanceToPointInTimeMessage& input) {
    if (!input.SourceDBInstanceIdentifier) return missing("SourceDBInstanceIdentifier");
    const auto source = TRY(find_instance(deps.store, call, *input.SourceDBInstanceIdentifier));
    if (!source.record.cluster.empty())
        return invalid_combination(
            "The instance is a member of a DB cluster. Restore its cluster to a point in time instead.");
    if (!has_backups_of_its_own(source.record))
        return Error{Fault::invalid, "An attached server has no automated backup here.",
                     "PointInTimeRestoreNotEnabled"};
    const model::Snapshot now = databases::snapshot_of(source.record);
    TRY(check_restored_engine(now, input.Engine));
    TRY(check_restored_name(now, input.DBName));
    const RestoreSource restored =
        TRY(restore_source_at(deps, now, {input.RestoreTime, input.UseLatestRestorableTime.value_or(false)}));
    api::CreateDBInstanceMessage fresh;
    carry_to_instance(fresh, input, now);
    fresh.DBInstanceIdentifier = input.TargetDBInstanceIdentifier;
    fresh.MaxAllocatedStorage = input.MaxAllocatedStorage;
    fresh.EngineVersion = TRY(restored_version(restored.snapshot, std::nullopt));
    api::RestoreDBInstanceToPointInTimeResult answer;
    answer.DBInstance = TRY(make_instance(deps, call, fresh, {&restored}));
    return answer;
}

Result<api::DBClusterAutomatedBackupMessage> describe_cluster_backups(
    const Deps& deps, const Call& call, const api::DescribeDBClusterAutomatedBackupsMessage& input) {
    const Filters filters =
        TRY(Filters::read(input.Filters, {"status", "db-cluster-id", "db-cluster-resource-id"}));
    const AutomatedBackups backups =
        TRY(automated_backups(deps.store, cluster_snapshots, call.account(), call.region));
    std::vector<api::DBClusterAutomatedBackup> found;
    for (const store::Stored<model::DBCluster>& stored : TRY(all_clusters(deps.store, call))) {
        const model::DBCluster& cluster = stored.record;
        const std::optional<RestorableTimes> times = restorable_times(deps, backups, cluster);
        const bool asked_for =
            (!input.DBClusterIdentifier ||
             cluster.id == name_of(call, cluster_kind, *input.DBClusterIdentifier)) &&
            (!input.DbClusterResourceId || cluster.server.resource_id == *input.DbClusterResourceId);
        if (!times || !asked_for ||
            !filters.let_through({{"status", {"active"}},
                                  {"db-cluster-id", {cluster.id, arn_of(call, cluster_kind, cluster.id)}},
                                  {"db-cluster-resource-id", {cluster.server.resource_id}}}))
            continue;
        api::DBClusterAutomatedBackup& backup = found.emplace_back();
        backup.DBClusterIdentifier = cluster.id;
        backup.DBClusterArn = arn_of(call, cluster_kind, cluster.id);
        backup.DBClusterAutomatedBackupsArn = arn_of(call, "cluster-auto-backup", cluster.server.resource_id);
        backup.DbClusterResourceId = cluster.server.resource_id;
        backup.Region = cluster.region;
        backup.RestoreWindow = to_api(*times);
        backup.Status = "active";
        backup.Engine = cluster.server.engine;
        backup.EngineVersion = cluster.server.engine_version;
        backup.EngineMode = "provisioned";
        backup.MasterUsername = cluster.server.master_username;
        backup.Port = cluster.server.port;
        backup.IAMDatabaseAuthenticationEnabled = cluster.server.iam_enabled;
        backup.ClusterCreateTime = cluster.created;
        backup.BackupRetentionPeriod = databases::retention_of(cluster.kept);
        backup.PreferredBackupWindow = cluster.backup_window;
        backup.StorageEncrypted = echoed_flag(cluster.kept, "StorageEncrypted").value_or(false);
        backup.LicenseModel = "postgresql-license";
        backup.TagList = to_api(cluster.tags);
    }
    auto shown = TRY(page(
        std::move(found), [](const auto& backup) { return *backup.DBClusterIdentifier; }, input));
    api::DBClusterAutomatedBackupMessage answer;
    answer.DBClusterAutomatedBackups = std::move(shown.items);
    answer.Marker = shown.next;
    return answer;
}

Result<api::DBInstanceAutomatedBackupMessage> describe_instance_backups(
    const Deps& deps, const Call& call, const api::DescribeDBInstanceAutomatedBackupsMessage& input) {
    const Filters filters =
        TRY(Filters::read(input.Filters, {"status", "db-instance-id", "dbi-resource-id"}));
    const AutomatedBackups backups =
        TRY(automated_backups(deps.store, instance_snapshots, call.account(), call.region));
    std::vector<api::DBInstanceAutomatedBackup> found;
    for (const store::Stored<model::DBInstance>& stored : TRY(all_instances(deps.store, call))) {
        const model::DBInstance& instance = stored.record;
        const std::optional<RestorableTimes> times = restorable_times(deps, backups, instance);
        const std::string backup_arn = arn_of(call, "auto-backup", instance.resource_id);
        const bool asked_for =
            (!input.DBInstanceIdentifier ||
             instance.id == name_of(call, instance_kind, *input.DBInstanceIdentifier)) &&
            (!input.DbiResourceId || instance.resource_id == *input.DbiResourceId) &&
            (!input.DBInstanceAutomatedBackupsArn || backup_arn == *input.DBInstanceAutomatedBackupsArn);
        if (!times || !asked_for ||
            !filters.let_through({{"status", {"active"}},
                                  {"db-instance-id", {instance.id, arn_of(call, instance_kind, instance.id)}},
                                  {"dbi-resource-id", {instance.resource_id}}}))
            continue;
        api::DBInstanceAutomatedBackup& backup = found.emplace_back();
        backup.DBInstanceIdentifier = instance.id;
        backup.DBInstanceArn = arn_of(call, instance_kind, instance.id);
        backup.DBInstanceAutomatedBackupsArn = backup_arn;
        backup.DbiResourceId = instance.resource_id;
        backup.Region = instance.region;
        backup.RestoreWindow = to_api(*times);
        backup.Status = "active";
        backup.Engine = instance.server->engine;
        backup.EngineVersion = instance.server->engine_version;
        backup.MasterUsername = instance.server->master_username;
        backup.Port = instance.server->port;
        backup.IAMDatabaseAuthenticationEnabled = instance.server->iam_enabled;
        backup.InstanceCreateTime = instance.created;
        backup.BackupRetentionPeriod = databases::retention_of(instance.kept);
        backup.PreferredBackupWindow = instance.backup_window;
        backup.Encrypted = echoed_flag(instance.kept, "StorageEncrypted").value_or(false);
        backup.LicenseModel = "postgresql-license";
        backup.TagList = to_api(instance.tags);
    }
    auto shown = TRY(page(
        std::move(found), [](const auto& backup) { return *backup.DBInstanceIdentifier; }, input));
    api::DBInstanceAutomatedBackupMessage answer;
    answer.DBInstanceAutomatedBackups = std::move(shown.items);
    answer.Marker = shown.next;
    return answer;
}

}  // namespace countersign::rds
