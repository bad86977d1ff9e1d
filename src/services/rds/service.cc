#include "services/rds/service.h"

#include <algorithm>
#include <iterator>

#include "gateway/rows.h"
#include "generated/rds.h"
#include "model/arn.h"
#include "services/rds/automated_backups.h"
#include "services/rds/certificates.h"
#include "services/rds/cluster_endpoints.h"
#include "services/rds/clusters.h"
#include "services/rds/db_log_files.h"
#include "services/rds/describe.h"
#include "services/rds/engine_versions.h"
#include "services/rds/entities.h"
#include "services/rds/event_categories.h"
#include "services/rds/event_subscriptions.h"
#include "services/rds/events.h"
#include "services/rds/instances.h"
#include "services/rds/maintenance.h"
#include "services/rds/members.h"
#include "services/rds/option_groups.h"
#include "services/rds/parameter_groups.h"
#include "services/rds/parameters.h"
#include "services/rds/password_key.h"
#include "services/rds/point_in_time.h"
#include "services/rds/quotas.h"
#include "services/rds/read_replicas.h"
#include "services/rds/restores.h"
#include "services/rds/roles.h"
#include "services/rds/snapshot_resources.h"
#include "services/rds/snapshots.h"
#include "services/rds/source_regions.h"
#include "services/rds/stop_start.h"
#include "services/rds/subnet_groups.h"
#include "services/rds/tags.h"
#include "services/rds/valid_modifications.h"
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
Operation on_cluster_endpoint(const Deps& deps, Function<Op> function) {
    auto resources = [](const Call& call, const typename Op::Input& input) {
        return resource_of(call, cluster_endpoint_kind, input.DBClusterEndpointIdentifier);
    };
    return row<Op>(deps, resources, function);
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

template <class Op>
Operation on_subscription(const Deps& deps, Function<Op> function) {
    auto resources = [](const Call& call, const typename Op::Input& input) {
        return resource_of(call, event_subscription_kind, input.SubscriptionName);
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

// A new cluster needs a right on itself and on each group that it is to be in.
gateway::Resources<ops::CreateDBCluster> created_cluster(const databases::Versions& versions) {
    return [versions](const Call& call, const api::CreateDBClusterMessage& input) {
        std::vector<std::string> arns = resource_of(call, cluster_kind, input.DBClusterIdentifier);
        add_subnet_group(arns, call, input.DBSubnetGroupName);
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
    add_subnet_group(arns, call, input.DBSubnetGroupName);
    if (input.DBParameterGroupName)
        arns.push_back(resource_of(call, parameter_group_kind, input.DBParameterGroupName).front());
    if (input.DBClusterIdentifier)
        arns.push_back(resource_of(call, cluster_kind, input.DBClusterIdentifier).front());
    return arns;
}

// A new name needs the same right as the old one: what policies say of a name is not had by taking it.
std::vector<std::string> modified_cluster(const Call& call, const api::ModifyDBClusterMessage& input) {
    std::vector<std::string> arns = resource_of(call, cluster_kind, input.DBClusterIdentifier);
    if (input.NewDBClusterIdentifier)
        arns.push_back(arn_of(call, cluster_kind, lower(*input.NewDBClusterIdentifier)));
    return arns;
}

std::vector<std::string> modified_instance(const Call& call, const api::ModifyDBInstanceMessage& input) {
    std::vector<std::string> arns = resource_of(call, instance_kind, input.DBInstanceIdentifier);
    if (input.NewDBInstanceIdentifier)
        arns.push_back(arn_of(call, instance_kind, lower(*input.NewDBInstanceIdentifier)));
    return arns;
}

// A copy needs a right on what is copied and on what is made.
std::vector<std::string> copied_group(const Call& call, const api::CopyDBParameterGroupMessage& input) {
    return {resource_of(call, parameter_group_kind, input.SourceDBParameterGroupIdentifier).front(),
            resource_of(call, parameter_group_kind, input.TargetDBParameterGroupIdentifier).front()};
}

std::vector<std::string> copied_cluster_group(const Call& call,
                                              const api::CopyDBClusterParameterGroupMessage& input) {
    return {resource_of(call, cluster_parameter_group_kind, input.SourceDBClusterParameterGroupIdentifier)
                .front(),
            resource_of(call, cluster_parameter_group_kind, input.TargetDBClusterParameterGroupIdentifier)
                .front()};
}

std::vector<std::string> option_group(const Call& call, const api::DescribeOptionGroupsMessage& input) {
    return resource_of(call, option_group_kind, input.OptionGroupName);
}

std::vector<std::string> maintained_resource(const Call& call,
                                             const api::ApplyPendingMaintenanceActionMessage& input) {
    return tagged_resource(call, *input.ResourceIdentifier);
}

// Of the database that is named, or of all of them.
std::vector<std::string> maintained_resources(const Call& call,
                                              const api::DescribePendingMaintenanceActionsMessage& input) {
    if (input.ResourceIdentifier) return tagged_resource(call, *input.ResourceIdentifier);
    return {arn_of(call, cluster_kind, "*"), arn_of(call, instance_kind, "*")};
}

// Global clusters are of no region.
std::vector<std::string> global_cluster(const Call& call, const api::DescribeGlobalClustersMessage& input) {
    return {model::Arn{std::string(model::partition_of(call.region)), "rds", "", call.account(),
                       "global-cluster:" + input.GlobalClusterIdentifier.value_or("*")}
                .text()};
}

// Snapshots, and databases made of them.
std::vector<Operation> operations_on_snapshots(const Deps& deps) {
    return {
        row<ops::CopyDBClusterSnapshot>(deps, copied_cluster_snapshot, copy_cluster_snapshot),
        row<ops::CopyDBSnapshot>(deps, copied_snapshot, copy_snapshot),
        row<ops::CreateDBClusterSnapshot>(deps, created_cluster_snapshot, create_cluster_snapshot),
        row<ops::CreateDBSnapshot>(deps, created_snapshot, create_snapshot),
        on_cluster_snapshot<ops::DeleteDBClusterSnapshot>(deps, delete_cluster_snapshot),
        on_snapshot<ops::DeleteDBSnapshot>(deps, delete_snapshot),
        row<ops::DeleteDBClusterAutomatedBackup>(deps, deleted_cluster_backup(deps), delete_cluster_backup),
        row<ops::DeleteDBInstanceAutomatedBackup>(deps, deleted_instance_backup(deps),
                                                  delete_instance_backup),
        row<ops::DescribeDBClusterAutomatedBackups>(deps, described_cluster_backups(deps),
                                                    describe_cluster_backups),
        on_cluster_snapshot<ops::DescribeDBClusterSnapshotAttributes>(deps,
                                                                      describe_cluster_snapshot_attributes),
        on_cluster_snapshot<ops::DescribeDBClusterSnapshots>(deps, describe_cluster_snapshots),
        row<ops::DescribeDBInstanceAutomatedBackups>(deps, described_instance_backups(deps),
                                                     describe_instance_backups),
        on_snapshot<ops::DescribeDBSnapshotAttributes>(deps, describe_snapshot_attributes),
        on_snapshot<ops::DescribeDBSnapshots>(deps, describe_snapshots),
        on_cluster_snapshot<ops::ModifyDBClusterSnapshotAttribute>(deps, modify_cluster_snapshot_attribute),
        on_snapshot<ops::ModifyDBSnapshotAttribute>(deps, modify_snapshot_attribute),
        row<ops::RestoreDBClusterFromSnapshot>(deps, restored_cluster, restore_cluster,
                                               restore_cluster_parameters),
        row<ops::RestoreDBClusterToPointInTime>(deps, cluster_at_time(deps), restore_cluster_to_time,
                                                restore_cluster_to_time_parameters),
        with_password_key<ops::RestoreDBInstanceFromDBSnapshot>(
            deps, row<ops::RestoreDBInstanceFromDBSnapshot>(deps, restored_instance, restore_instance,
                                                            restore_instance_parameters)),
        with_password_key<ops::RestoreDBInstanceToPointInTime>(
            deps,
            row<ops::RestoreDBInstanceToPointInTime>(deps, instance_at_time(deps), restore_instance_to_time,
                                                     restore_instance_to_time_parameters)),
    };
}

// Groups of parameters, subnets and options; events.
std::vector<Operation> operations_on_groups(const Deps& deps) {
    return {
        on_subscription<ops::AddSourceIdentifierToSubscription>(deps, add_subscription_source),
        row<ops::CopyDBClusterParameterGroup>(deps, copied_cluster_group, copy_cluster_parameter_group),
        row<ops::CopyDBParameterGroup>(deps, copied_group, copy_parameter_group),
        on_cluster_parameter_group<ops::CreateDBClusterParameterGroup>(deps, create_cluster_parameter_group),
        on_parameter_group<ops::CreateDBParameterGroup>(deps, create_parameter_group),
        on_subnet_group<ops::CreateDBSubnetGroup>(deps, create_subnet_group),
        on_subscription<ops::CreateEventSubscription>(deps, create_subscription),
        on_cluster_parameter_group<ops::DeleteDBClusterParameterGroup>(deps, delete_cluster_parameter_group),
        on_parameter_group<ops::DeleteDBParameterGroup>(deps, delete_parameter_group),
        on_subnet_group<ops::DeleteDBSubnetGroup>(deps, delete_subnet_group),
        on_subscription<ops::DeleteEventSubscription>(deps, delete_subscription),
        on_cluster_parameter_group<ops::DescribeDBClusterParameterGroups>(deps,
                                                                          describe_cluster_parameter_groups),
        on_cluster_parameter_group<ops::DescribeDBClusterParameters>(deps, describe_cluster_parameters),
        on_parameter_group<ops::DescribeDBParameterGroups>(deps, describe_parameter_groups),
        on_parameter_group<ops::DescribeDBParameters>(deps, describe_parameters),
        on_subnet_group<ops::DescribeDBSubnetGroups>(deps, describe_subnet_groups),
        on_all_resources<ops::DescribeEngineDefaultClusterParameters>(deps, describe_engine_cluster_defaults),
        on_all_resources<ops::DescribeEngineDefaultParameters>(deps, describe_engine_defaults),
        on_all_resources<ops::DescribeEventCategories>(deps, describe_event_categories),
        on_subscription<ops::DescribeEventSubscriptions>(deps, describe_subscriptions),
        on_all_resources<ops::DescribeOptionGroupOptions>(deps, describe_option_group_options),
        row<ops::DescribeOptionGroups>(deps, option_group, describe_option_groups),
        on_cluster_parameter_group<ops::ModifyDBClusterParameterGroup>(deps, modify_cluster_parameter_group),
        on_parameter_group<ops::ModifyDBParameterGroup>(deps, modify_parameter_group),
        on_subnet_group<ops::ModifyDBSubnetGroup>(deps, modify_subnet_group),
        on_subscription<ops::ModifyEventSubscription>(deps, modify_subscription),
        on_subscription<ops::RemoveSourceIdentifierFromSubscription>(deps, remove_subscription_source),
        on_cluster_parameter_group<ops::ResetDBClusterParameterGroup>(deps, reset_cluster_parameter_group),
        on_parameter_group<ops::ResetDBParameterGroup>(deps, reset_parameter_group),
    };
}

// Clusters and instances, and what belongs to neither.
std::vector<Operation> operations_on_databases(const Deps& deps) {
    return {
        on_cluster<ops::AddRoleToDBCluster>(deps, add_role_to_cluster),
        on_instance<ops::AddRoleToDBInstance>(deps, add_role_to_instance),
        on_tags<ops::AddTagsToResource>(deps, add_tags),
        row<ops::ApplyPendingMaintenanceAction>(deps, maintained_resource, apply_pending_maintenance),
        with_password_key<ops::CreateDBCluster>(
            deps, row<ops::CreateDBCluster>(deps, created_cluster(deps.versions), create_cluster,
                                            create_cluster_parameters)),
        with_password_key<ops::CreateDBInstance>(
            deps,
            row<ops::CreateDBInstance>(deps, created_instance, create_instance, create_instance_parameters)),
        row<ops::CreateDBInstanceReadReplica>(deps, created_replica, create_replica,
                                              create_replica_parameters),
        row<ops::CreateDBClusterEndpoint>(deps, created_cluster_endpoint, create_cluster_endpoint),
        on_cluster<ops::DeleteDBCluster>(deps, delete_cluster),
        on_cluster_endpoint<ops::DeleteDBClusterEndpoint>(deps, delete_cluster_endpoint),
        on_instance<ops::DeleteDBInstance>(deps, delete_instance),
        on_all_resources<ops::DescribeAccountAttributes>(deps, describe_account_attributes),
        on_all_resources<ops::DescribeCertificates>(deps, describe_certificates),
        on_cluster_endpoint<ops::DescribeDBClusterEndpoints>(deps, describe_cluster_endpoints),
        on_cluster<ops::DescribeDBClusters>(deps, describe_clusters),
        on_all_resources<ops::DescribeDBEngineVersions>(deps, describe_engine_versions),
        on_instance<ops::DescribeDBInstances>(deps, describe_instances),
        on_instance<ops::DescribeDBLogFiles>(deps, describe_log_files),
        on_all_resources<ops::DescribeEvents>(
            deps, describe_events,
            {{"Duration", "EndTime", "EventCategories", "Filters", "Marker", "MaxRecords", "SourceIdentifier",
              "SourceType", "StartTime"}}),
        row<ops::DescribeGlobalClusters>(deps, global_cluster, describe_global_clusters),
        on_all_resources<ops::DescribeOrderableDBInstanceOptions>(deps, describe_orderable_options),
        row<ops::DescribePendingMaintenanceActions>(deps, maintained_resources, describe_pending_maintenance),
        on_all_resources<ops::DescribeSourceRegions>(deps, describe_source_regions),
        on_instance<ops::DescribeValidDBInstanceModifications>(deps, describe_valid_modifications),
        on_instance<ops::DownloadDBLogFilePortion>(deps, download_log_file_portion),
        row<ops::FailoverDBCluster>(deps, failed_over_cluster, failover_cluster),
        on_tags<ops::ListTagsForResource>(deps, list_tags),
        on_all_resources<ops::ModifyCertificates>(deps, modify_certificates),
        on_cluster_endpoint<ops::ModifyDBClusterEndpoint>(deps, modify_cluster_endpoint),
        with_password_key<ops::ModifyDBCluster>(
            deps,
            row<ops::ModifyDBCluster>(deps, modified_cluster, modify_cluster, modify_cluster_parameters)),
        with_password_key<ops::ModifyDBInstance>(
            deps,
            row<ops::ModifyDBInstance>(deps, modified_instance, modify_instance, modify_instance_parameters)),
        on_instance<ops::PromoteReadReplica>(deps, promote_replica),
        on_instance<ops::RebootDBInstance>(deps, reboot_instance),
        on_cluster<ops::RemoveRoleFromDBCluster>(deps, remove_role_from_cluster),
        on_instance<ops::RemoveRoleFromDBInstance>(deps, remove_role_from_instance),
        on_tags<ops::RemoveTagsFromResource>(deps, remove_tags),
        on_cluster<ops::StartDBCluster>(deps, start_cluster),
        on_instance<ops::StartDBInstance>(deps, start_instance, start_instance_parameters),
        on_cluster<ops::StopDBCluster>(deps, stop_cluster),
        row<ops::StopDBInstance>(deps, stopped_instance, stop_instance, stop_instance_parameters),
    };
}

}  // namespace

gateway::Service service(const Deps& deps) {
    std::vector<Operation> operations = operations_on_databases(deps);
    std::ranges::move(operations_on_groups(deps), std::back_inserter(operations));
    std::ranges::move(operations_on_snapshots(deps), std::back_inserter(operations));
    return gateway::Service{api::model, gateway::Locality::regional, api::errors, std::move(operations)};
}

}  // namespace countersign::rds
