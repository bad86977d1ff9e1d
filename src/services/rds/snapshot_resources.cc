#include "services/rds/snapshot_resources.h"

#include <optional>

#include "model/arn.h"
#include "services/rds/automated_backups.h"
#include "services/rds/entities.h"
#include "services/rds/snapshot_records.h"

namespace countersign::rds {

using gateway::Call;

namespace {

// One that another account shares is whoever's may use any snapshot: its owner's word is its attribute.
std::string used_snapshot(const Call& call, std::string_view kind, const std::optional<std::string>& given) {
    const std::optional<model::Arn> arn = model::parse_arn(given.value_or(""));
    if (arn && arn->account != call.account()) return arn_of(call, kind, "*");
    return resource_of(call, kind, given).front();
}

}  // namespace

// A snapshot needs a right on itself and on what it is made of.
std::vector<std::string> created_snapshot(const Call& call, const api::CreateDBSnapshotMessage& input) {
    return {resource_of(call, snapshot_kind, input.DBSnapshotIdentifier).front(),
            resource_of(call, instance_kind, input.DBInstanceIdentifier).front()};
}

std::vector<std::string> created_cluster_snapshot(const Call& call,
                                                  const api::CreateDBClusterSnapshotMessage& input) {
    return {resource_of(call, cluster_snapshot_kind, input.DBClusterSnapshotIdentifier).front(),
            resource_of(call, cluster_kind, input.DBClusterIdentifier).front()};
}

std::vector<std::string> copied_snapshot(const Call& call, const api::CopyDBSnapshotMessage& input) {
    return {used_snapshot(call, snapshot_kind, input.SourceDBSnapshotIdentifier),
            resource_of(call, snapshot_kind, input.TargetDBSnapshotIdentifier).front()};
}

std::vector<std::string> copied_cluster_snapshot(const Call& call,
                                                 const api::CopyDBClusterSnapshotMessage& input) {
    return {used_snapshot(call, cluster_snapshot_kind, input.SourceDBClusterSnapshotIdentifier),
            resource_of(call, cluster_snapshot_kind, input.TargetDBClusterSnapshotIdentifier).front()};
}

// A restored database needs a right on itself, on its snapshot and on each group that it is to be in.
std::vector<std::string> restored_instance(const Call& call,
                                           const api::RestoreDBInstanceFromDBSnapshotMessage& input) {
    std::vector<std::string> arns = resource_of(call, instance_kind, input.DBInstanceIdentifier);
    arns.push_back(used_snapshot(call, snapshot_kind, input.DBSnapshotIdentifier));
    add_subnet_group(arns, call, input.DBSubnetGroupName);
    if (input.DBParameterGroupName)
        arns.push_back(resource_of(call, parameter_group_kind, input.DBParameterGroupName).front());
    return arns;
}

std::vector<std::string> restored_cluster(const Call& call,
                                          const api::RestoreDBClusterFromSnapshotMessage& input) {
    std::vector<std::string> arns = resource_of(call, cluster_kind, input.DBClusterIdentifier);
    arns.push_back(used_snapshot(call, cluster_snapshot_kind, input.SnapshotIdentifier));
    add_subnet_group(arns, call, input.DBSubnetGroupName);
    if (input.DBClusterParameterGroupName)
        arns.push_back(
            resource_of(call, cluster_parameter_group_kind, input.DBClusterParameterGroupName).front());
    return arns;
}

namespace {

void add_all(std::vector<std::string>& arns, const std::vector<std::string>& more) {
    arns.insert(arns.end(), more.begin(), more.end());
}

}  // namespace

// To a point in time: a right on the new one and on the original, however it is named.
gateway::Resources<api::ops::RestoreDBInstanceToPointInTime> instance_at_time(const Deps& deps) {
    return [&store = deps.store](const Call& call, const api::RestoreDBInstanceToPointInTimeMessage& input) {
        std::vector<std::string> arns = resource_of(call, instance_kind, input.TargetDBInstanceIdentifier);
        const std::optional<std::string>& backup = input.SourceDBInstanceAutomatedBackupsArn;
        if (input.SourceDBInstanceIdentifier || (!input.SourceDbiResourceId && !backup))
            add_all(arns, resource_of(call, instance_kind, input.SourceDBInstanceIdentifier));
        if (input.SourceDbiResourceId &&
            !add_backed_up(arns, store, call, instance_snapshots,
                           resource_id_of(instance_snapshots, *input.SourceDbiResourceId)))
            return std::vector<std::string>();
        if (backup && !add_backed_up(arns, store, call, instance_snapshots,
                                     resource_id_of_backup(call, instance_snapshots, *backup)))
            return std::vector<std::string>();
        add_subnet_group(arns, call, input.DBSubnetGroupName);
        if (input.DBParameterGroupName)
            add_all(arns, resource_of(call, parameter_group_kind, input.DBParameterGroupName));
        return arns;
    };
}

gateway::Resources<api::ops::RestoreDBClusterToPointInTime> cluster_at_time(const Deps& deps) {
    return [&store = deps.store](const Call& call, const api::RestoreDBClusterToPointInTimeMessage& input) {
        std::vector<std::string> arns = resource_of(call, cluster_kind, input.DBClusterIdentifier);
        if (input.SourceDBClusterIdentifier || !input.SourceDbClusterResourceId)
            add_all(arns, resource_of(call, cluster_kind, input.SourceDBClusterIdentifier));
        if (input.SourceDbClusterResourceId &&
            !add_backed_up(arns, store, call, cluster_snapshots,
                           resource_id_of(cluster_snapshots, *input.SourceDbClusterResourceId)))
            return std::vector<std::string>();
        add_subnet_group(arns, call, input.DBSubnetGroupName);
        if (input.DBClusterParameterGroupName)
            add_all(arns, resource_of(call, cluster_parameter_group_kind, input.DBClusterParameterGroupName));
        return arns;
    };
}

}  // namespace countersign::rds
