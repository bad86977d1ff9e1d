#include "services/rds/point_in_time.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "databases/backups.h"
#include "databases/versions.h"
#include "formats/iso_time.h"
#include "model/keys.h"
#include "services/rds/automated_backups.h"
#include "services/rds/clusters.h"
#include "services/rds/entities.h"
#include "services/rds/instances.h"
#include "services/rds/restored_input.h"
#include "services/rds/snapshot_records.h"
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
    "SourceDbClusterResourceId",
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
    "SourceDBInstanceAutomatedBackupsArn",
    "SourceDBInstanceIdentifier",
    "SourceDbiResourceId",
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
Result<RestoreSource> restore_source_at(const Deps& deps, const BackedUp& source, const AskedTime& asked) {
    const model::Snapshot& now = source.now;
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
    restored.retained = source.retained;
    return restored;
}

bool has_backups_of_its_own(const model::DBInstance& instance) {
    return instance.server && !instance.server->attached;
}

Result<void> check_one_is_given(std::size_t given, const char* names) {
    if (given == 1) return {};
    return invalid_combination(fmt::format("Specify exactly one of {}.", names));
}

Result<BackedUp> backed_up_cluster(const Deps& deps, const Call& call,
                                   const api::RestoreDBClusterToPointInTimeMessage& input) {
    TRY(check_one_is_given(
        input.SourceDBClusterIdentifier.has_value() + input.SourceDbClusterResourceId.has_value(),
        "SourceDBClusterIdentifier and SourceDbClusterResourceId"));
    if (input.SourceDBClusterIdentifier)
        return BackedUp{databases::snapshot_of(
            TRY(find_cluster(deps.store, call, *input.SourceDBClusterIdentifier)).record)};
    auto found = TRY(find_backed_up(deps.store, call, cluster_snapshots,
                                    resource_id_of(cluster_snapshots, *input.SourceDbClusterResourceId)));
    if (!found) return cluster_not_found(*input.SourceDbClusterResourceId);
    return *std::move(found);
}

Result<BackedUp> backed_up_instance_by_name(const Deps& deps, const Call& call, const std::string& name) {
    const auto source = TRY(find_instance(deps.store, call, name));
    if (!source.record.cluster.empty())
        return invalid_combination(
            "The instance is a member of a DB cluster. Restore its cluster to a point in time instead.");
    if (!has_backups_of_its_own(source.record))
        return Error{Fault::invalid, "An attached server has no automated backup here.",
                     "PointInTimeRestoreNotEnabled"};
    return BackedUp{databases::snapshot_of(source.record)};
}

Result<BackedUp> backed_up_instance(const Deps& deps, const Call& call,
                                    const api::RestoreDBInstanceToPointInTimeMessage& input) {
    const std::optional<std::string>& arn = input.SourceDBInstanceAutomatedBackupsArn;
    TRY(check_one_is_given(
        input.SourceDBInstanceIdentifier.has_value() + input.SourceDbiResourceId.has_value() +
            arn.has_value(),
        "SourceDBInstanceIdentifier, SourceDbiResourceId and SourceDBInstanceAutomatedBackupsArn"));
    if (input.SourceDBInstanceIdentifier)
        return backed_up_instance_by_name(deps, call, *input.SourceDBInstanceIdentifier);
    const std::string resource = arn ? resource_id_of_backup(call, instance_snapshots, *arn)
                                     : resource_id_of(instance_snapshots, *input.SourceDbiResourceId);
    auto found = TRY(find_backed_up(deps.store, call, instance_snapshots, resource));
    if (!found)
        return arn ? backup_not_found(instance_snapshots, *arn)
                   : instance_not_found(*input.SourceDbiResourceId);
    return *std::move(found);
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
                                                const model::Snapshot& now) {
    return times_of(deps, backups_of(all, now), now);
}

std::optional<RestorableTimes> restorable_times(const Deps& deps, const AutomatedBackups& all,
                                                const model::DBCluster& cluster) {
    return restorable_times(deps, all, databases::snapshot_of(cluster));
}

std::optional<RestorableTimes> restorable_times(const Deps& deps, const AutomatedBackups& all,
                                                const model::DBInstance& instance) {
    if (!has_backups_of_its_own(instance)) return std::nullopt;
    return restorable_times(deps, all, databases::snapshot_of(instance));
}

Result<api::RestoreDBClusterToPointInTimeResult> restore_cluster_to_time(
    const Deps& deps, const Call& call, const api::RestoreDBClusterToPointInTimeMessage& input) {
    if (input.RestoreType.value_or("full-copy") != "full-copy")
        return invalid_combination("Clones that share storage are not made here; restore a full-copy.");
    const BackedUp source = TRY(backed_up_cluster(deps, call, input));
    const model::Snapshot& now = source.now;
    const RestoreSource restored = TRY(restore_source_at(
        deps, source, {input.RestoreToTime, input.UseLatestRestorableTime.value_or(false)}));
    api::CreateDBClusterMessage fresh;
    carry_to_cluster(fresh, input, now);
    fresh.EngineVersion = TRY(restored_version(restored.snapshot, std::nullopt));
    api::RestoreDBClusterToPointInTimeResult answer;
    answer.DBCluster = TRY(make_cluster(deps, call, fresh, &restored));
    return answer;
}

Result<api::RestoreDBInstanceToPointInTimeResult> restore_instance_to_time(
    const Deps& deps, const Call& call, const api::RestoreDBInstanceToPointInTimeMessage& input) {
    const BackedUp source = TRY(backed_up_instance(deps, call, input));
    const model::Snapshot& now = source.now;
    TRY(check_restored_engine(now, input.Engine));
    TRY(check_restored_name(now, input.DBName));
    const RestoreSource restored = TRY(
        restore_source_at(deps, source, {input.RestoreTime, input.UseLatestRestorableTime.value_or(false)}));
    api::CreateDBInstanceMessage fresh;
    carry_to_instance(fresh, input, now);
    fresh.DBInstanceIdentifier = input.TargetDBInstanceIdentifier;
    fresh.MaxAllocatedStorage = input.MaxAllocatedStorage;
    fresh.EngineVersion = TRY(restored_version(restored.snapshot, std::nullopt));
    api::RestoreDBInstanceToPointInTimeResult answer;
    answer.DBInstance = TRY(make_instance(deps, call, fresh, {&restored}));
    return answer;
}

}  // namespace countersign::rds
