#include "services/rds/service.h"

#include "gateway/rows.h"
#include "generated/rds.h"
#include "model/arn.h"
#include "services/rds/clusters.h"
#include "services/rds/db_log_files.h"
#include "services/rds/describe.h"
#include "services/rds/engine_versions.h"
#include "services/rds/entities.h"
#include "services/rds/events.h"
#include "services/rds/instances.h"
#include "services/rds/parameter_groups.h"
#include "services/rds/parameters.h"
#include "services/rds/point_in_time.h"
#include "services/rds/restores.h"
#include "services/rds/roles.h"
#include "services/rds/snapshots.h"
#include "services/rds/subnet_groups.h"
#include "services/rds/tags.h"
#include "services/rds/validation.h"

namespace countersign::rds {

namespace {

using gateway::Call;
using gateway::on_all_resources;
using gateway::Operation;
using gateway::row;
namespace ops = api::ops;

template <class Op>
using Function = gateway::Function<Op, Deps>;

// An operation on one cluster, or on all of them.
template <class Op>
Operation on_cluster(const Deps& deps, Function<Op> function, gateway::Supported supported = std::nullopt) {
    auto resources = [](const Call& call, const typename Op::Input& input) {
        return resource_of(call, cluster_kind, input.DBClusterIdentifier);
    };
    return row<Op>(deps, resources, function, std::move(supported));
}

template <class Op>
Operation on_instance(const Deps& deps, Function<Op> function, gateway::Supported supported = std::nullopt) {
    auto resources = [](const Call& call, const typename Op::Input& input) {
        return resource_of(call, instance_kind, input.DBInstanceIdentifier);
    };
    return row<Op>(deps, resources, function, std::move(supported));
}

template <class Op>
Operation on_subnet_group(const Deps& deps, Function<Op> function) {
    auto resources = [](const Call& call, const typename Op::Input& input) {
        return resource_of(call, subnet_group_kind, input.DBSubnetGroupName);
    };
    return row<Op>(deps, resources, function);
}

template <class Op>
Operation on_parameter_group(const Deps& deps, Function<Op> function) {
    auto resources = [](const Call& call, const typename Op::Input& input) {
        return resource_of(call, parameter_group_kind, input.DBParameterGroupName);
    };
    return row<Op>(deps, resources, function);
}

template <class Op>
Operation on_cluster_parameter_group(const Deps& deps, Function<Op> function) {
    auto resources = [](const Call& call, const typename Op::Input& input) {
        return resource_of(call, cluster_parameter_group_kind, input.DBClusterParameterGroupName);
    };
    return row<Op>(deps, resources, function);
}

template <class Op>
Operation on_snapshot(const Deps& deps, Function<Op> function) {
    auto resources = [](const Call& call, const typename Op::Input& input) {
        return resource_of(call, snapshot_kind, input.DBSnapshotIdentifier);
    };
    return row<Op>(deps, resources, function);
}

template <class Op>
Operation on_cluster_snapshot(const Deps& deps, Function<Op> function) {
    auto resources = [](const Call& call, const typename Op::Input& input) {
        return resource_of(call, cluster_snapshot_kind, input.DBClusterSnapshotIdentifier);
    };
    return row<Op>(deps, resources, function);
}

// An operation on the tags of the resource that ResourceName names.
template <class Op>
Operation on_tags(const Deps& deps, Function<Op> function) {
    auto resources = [](const Call& call, const typename Op::Input& input) {
        return tagged_resource(call, *input.ResourceName);
    };
    return row<Op>(deps, resources, function);
}

void add_group(std::vector<std::string>& arns, const Call& call, const std::optional<std::string>& group) {
    if (group) arns.push_back(resource_of(call, subnet_group_kind, group).front());
}

// A new cluster needs a right on itself and on each group that it is to be in.
gateway::Resources<ops::CreateDBCluster> created_cluster(const databases::Versions& versions) {
    return [versions](const Call& call, const api::CreateDBClusterMessage& input) {
        std::vector<std::string> arns = resource_of(call, cluster_kind, input.DBClusterIdentifier);
        add_group(arns, call, input.DBSubnetGroupName);
        const std::string asked = input.EngineVersion.value_or("");
        const auto version = asked.empty() ? versions.find(*input.Engine, asked) : versions.runner_of(asked);
        const std::string parameters =
            "default." + family_of(*input.Engine, version ? version->text() : asked);
        arns.push_back(arn_of(call, cluster_parameter_group_kind,
                              input.DBClusterParameterGroupName.value_or(parameters)));
        return arns;
    };
}

// A new instance needs a right on itself, on its groups and on the cluster that it joins.
std::vector<std::string> created_instance(const Call& call, const api::CreateDBInstanceMessage& input) {
    std::vector<std::string> arns = resource_of(call, instance_kind, input.DBInstanceIdentifier);
    add_group(arns, call, input.DBSubnetGroupName);
    if (input.DBParameterGroupName)
        arns.push_back(resource_of(call, parameter_group_kind, input.DBParameterGroupName).front());
    if (input.DBClusterIdentifier)
        arns.push_back(resource_of(call, cluster_kind, input.DBClusterIdentifier).front());
    return arns;
}

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

// One that another account shares is whoever's may use any snapshot: its owner's word is its attribute.
std::string used_snapshot(const Call& call, std::string_view kind, const std::optional<std::string>& given) {
    const std::optional<model::Arn> arn = model::parse_arn(given.value_or(""));
    if (arn && arn->account != call.account()) return arn_of(call, kind, "*");
    return resource_of(call, kind, given).front();
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
    add_group(arns, call, input.DBSubnetGroupName);
    if (input.DBParameterGroupName)
        arns.push_back(resource_of(call, parameter_group_kind, input.DBParameterGroupName).front());
    return arns;
}

std::vector<std::string> restored_cluster(const Call& call,
                                          const api::RestoreDBClusterFromSnapshotMessage& input) {
    std::vector<std::string> arns = resource_of(call, cluster_kind, input.DBClusterIdentifier);
    arns.push_back(used_snapshot(call, cluster_snapshot_kind, input.SnapshotIdentifier));
    add_group(arns, call, input.DBSubnetGroupName);
    if (input.DBClusterParameterGroupName)
        arns.push_back(
            resource_of(call, cluster_parameter_group_kind, input.DBClusterParameterGroupName).front());
    return arns;
}

// To a point in time: a right on the new one and on the original.
std::vector<std::string> instance_at_time(const Call& call,
                                          const api::RestoreDBInstanceToPointInTimeMessage& input) {
    std::vector<std::string> arns = resource_of(call, instance_kind, input.TargetDBInstanceIdentifier);
    arns.push_back(resource_of(call, instance_kind, input.SourceDBInstanceIdentifier).front());
    add_group(arns, call, input.DBSubnetGroupName);
    if (input.DBParameterGroupName)
        arns.push_back(resource_of(call, parameter_group_kind, input.DBParameterGroupName).front());
    return arns;
}

std::vector<std::string> cluster_at_time(const Call& call,
                                         const api::RestoreDBClusterToPointInTimeMessage& input) {
    std::vector<std::string> arns = resource_of(call, cluster_kind, input.DBClusterIdentifier);
    arns.push_back(resource_of(call, cluster_kind, input.SourceDBClusterIdentifier).front());
    add_group(arns, call, input.DBSubnetGroupName);
    if (input.DBClusterParameterGroupName)
        arns.push_back(
            resource_of(call, cluster_parameter_group_kind, input.DBClusterParameterGroupName).front());
    return arns;
}

// Global clusters are of no region.
std::vector<std::string> global_cluster(const Call& call, const api::DescribeGlobalClustersMessage& input) {
    return {model::Arn{std::string(model::partition_of(call.region)), "rds", "", call.account(),
                       "global-cluster:" + input.GlobalClusterIdentifier.value_or("*")}
                .text()};
}

}  // namespace

gateway::Service service(const Deps& deps) {
    return gateway::Service{
        api::model,
        gateway::Locality::regional,
        api::errors,
        {
            on_cluster<ops::AddRoleToDBCluster>(deps, add_role_to_cluster),
            on_instance<ops::AddRoleToDBInstance>(deps, add_role_to_instance),
            on_tags<ops::AddTagsToResource>(deps, add_tags),
            row<ops::CopyDBClusterSnapshot>(deps, copied_cluster_snapshot, copy_cluster_snapshot),
            row<ops::CopyDBSnapshot>(deps, copied_snapshot, copy_snapshot),
            row<ops::CreateDBCluster>(deps, created_cluster(deps.versions), create_cluster,
                                      create_cluster_parameters),
            on_cluster_parameter_group<ops::CreateDBClusterParameterGroup>(deps,
                                                                           create_cluster_parameter_group),
            row<ops::CreateDBClusterSnapshot>(deps, created_cluster_snapshot, create_cluster_snapshot),
            row<ops::CreateDBInstance>(deps, created_instance, create_instance, create_instance_parameters),
            on_parameter_group<ops::CreateDBParameterGroup>(deps, create_parameter_group),
            row<ops::CreateDBSnapshot>(deps, created_snapshot, create_snapshot),
            on_subnet_group<ops::CreateDBSubnetGroup>(deps, create_subnet_group),
            on_cluster<ops::DeleteDBCluster>(deps, delete_cluster),
            on_cluster_parameter_group<ops::DeleteDBClusterParameterGroup>(deps,
                                                                           delete_cluster_parameter_group),
            on_cluster_snapshot<ops::DeleteDBClusterSnapshot>(deps, delete_cluster_snapshot),
            on_instance<ops::DeleteDBInstance>(deps, delete_instance),
            on_parameter_group<ops::DeleteDBParameterGroup>(deps, delete_parameter_group),
            on_snapshot<ops::DeleteDBSnapshot>(deps, delete_snapshot),
            on_subnet_group<ops::DeleteDBSubnetGroup>(deps, delete_subnet_group),
            on_all_resources<ops::DescribeCertificates>(deps, describe_certificates),
            on_cluster<ops::DescribeDBClusterAutomatedBackups>(deps, describe_cluster_backups),
            on_cluster_parameter_group<ops::DescribeDBClusterParameterGroups>(
                deps, describe_cluster_parameter_groups),
            on_cluster_parameter_group<ops::DescribeDBClusterParameters>(deps, describe_cluster_parameters),
            on_cluster_snapshot<ops::DescribeDBClusterSnapshotAttributes>(
                deps, describe_cluster_snapshot_attributes),
            on_cluster_snapshot<ops::DescribeDBClusterSnapshots>(deps, describe_cluster_snapshots),
            on_cluster<ops::DescribeDBClusters>(deps, describe_clusters),
            on_all_resources<ops::DescribeDBEngineVersions>(deps, describe_engine_versions),
            on_instance<ops::DescribeDBInstanceAutomatedBackups>(deps, describe_instance_backups),
            on_instance<ops::DescribeDBInstances>(deps, describe_instances),
            on_instance<ops::DescribeDBLogFiles>(deps, describe_log_files),
            on_parameter_group<ops::DescribeDBParameterGroups>(deps, describe_parameter_groups),
            on_parameter_group<ops::DescribeDBParameters>(deps, describe_parameters),
            on_snapshot<ops::DescribeDBSnapshotAttributes>(deps, describe_snapshot_attributes),
            on_snapshot<ops::DescribeDBSnapshots>(deps, describe_snapshots),
            on_subnet_group<ops::DescribeDBSubnetGroups>(deps, describe_subnet_groups),
            on_all_resources<ops::DescribeEngineDefaultClusterParameters>(deps,
                                                                          describe_engine_cluster_defaults),
            on_all_resources<ops::DescribeEngineDefaultParameters>(deps, describe_engine_defaults),
            on_all_resources<ops::DescribeEvents>(deps, describe_events,
                                                  {{"Duration", "EndTime", "Filters", "Marker", "MaxRecords",
                                                    "SourceIdentifier", "SourceType", "StartTime"}}),
            row<ops::DescribeGlobalClusters>(deps, global_cluster, describe_global_clusters),
            on_all_resources<ops::DescribeOrderableDBInstanceOptions>(deps, describe_orderable_options),
            on_instance<ops::DownloadDBLogFilePortion>(deps, download_log_file_portion),
            on_tags<ops::ListTagsForResource>(deps, list_tags),
            on_cluster<ops::ModifyDBCluster>(deps, modify_cluster, modify_cluster_parameters),
            on_cluster_parameter_group<ops::ModifyDBClusterParameterGroup>(deps,
                                                                           modify_cluster_parameter_group),
            on_cluster_snapshot<ops::ModifyDBClusterSnapshotAttribute>(deps,
                                                                       modify_cluster_snapshot_attribute),
            on_instance<ops::ModifyDBInstance>(deps, modify_instance, modify_instance_parameters),
            on_parameter_group<ops::ModifyDBParameterGroup>(deps, modify_parameter_group),
            on_snapshot<ops::ModifyDBSnapshotAttribute>(deps, modify_snapshot_attribute),
            on_subnet_group<ops::ModifyDBSubnetGroup>(deps, modify_subnet_group),
            on_instance<ops::RebootDBInstance>(deps, reboot_instance),
            on_cluster<ops::RemoveRoleFromDBCluster>(deps, remove_role_from_cluster),
            on_instance<ops::RemoveRoleFromDBInstance>(deps, remove_role_from_instance),
            on_tags<ops::RemoveTagsFromResource>(deps, remove_tags),
            on_cluster_parameter_group<ops::ResetDBClusterParameterGroup>(deps,
                                                                          reset_cluster_parameter_group),
            on_parameter_group<ops::ResetDBParameterGroup>(deps, reset_parameter_group),
            row<ops::RestoreDBClusterFromSnapshot>(deps, restored_cluster, restore_cluster,
                                                   restore_cluster_parameters),
            row<ops::RestoreDBClusterToPointInTime>(deps, cluster_at_time, restore_cluster_to_time,
                                                    restore_cluster_to_time_parameters),
            row<ops::RestoreDBInstanceFromDBSnapshot>(deps, restored_instance, restore_instance,
                                                      restore_instance_parameters),
            row<ops::RestoreDBInstanceToPointInTime>(deps, instance_at_time, restore_instance_to_time,
                                                     restore_instance_to_time_parameters),
        }};
}

}  // namespace countersign::rds
