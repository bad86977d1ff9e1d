#include "services/rds/service.h"

#include "generated/rds.h"
#include "model/arn.h"
#include "services/rds/clusters.h"
#include "services/rds/db_log_files.h"
#include "services/rds/engine_versions.h"
#include "services/rds/entities.h"
#include "services/rds/events.h"
#include "services/rds/instances.h"
#include "services/rds/parameter_groups.h"
#include "services/rds/parameters.h"
#include "services/rds/shown.h"
#include "services/rds/subnet_groups.h"
#include "services/rds/tags.h"
#include "services/rds/validation.h"

namespace countersign::rds {

namespace {

using gateway::Call;
using gateway::Operation;
namespace ops = api::ops;

template <class Op>
using Function = gateway::Function<Op, Surroundings>;

template <class Op>
Operation row(const Surroundings& around, gateway::Resources<Op> resources, Function<Op> function,
              gateway::Supported supported = std::nullopt) {
    return gateway::operation<Op>("rds", std::move(resources), gateway::bound<Op>(around, function),
                                  std::move(supported));
}

// An operation on one cluster, or on all of them.
template <class Op>
Operation on_cluster(const Surroundings& around, Function<Op> function,
                     gateway::Supported supported = std::nullopt) {
    auto resources = [](const Call& call, const typename Op::Input& input) {
        return resource_of(call, cluster_kind, input.DBClusterIdentifier);
    };
    return row<Op>(around, resources, function, std::move(supported));
}

template <class Op>
Operation on_instance(const Surroundings& around, Function<Op> function,
                      gateway::Supported supported = std::nullopt) {
    auto resources = [](const Call& call, const typename Op::Input& input) {
        return resource_of(call, instance_kind, input.DBInstanceIdentifier);
    };
    return row<Op>(around, resources, function, std::move(supported));
}

template <class Op>
Operation on_subnet_group(const Surroundings& around, Function<Op> function) {
    auto resources = [](const Call& call, const typename Op::Input& input) {
        return resource_of(call, subnet_group_kind, input.DBSubnetGroupName);
    };
    return row<Op>(around, resources, function);
}

template <class Op>
Operation on_parameter_group(const Surroundings& around, Function<Op> function) {
    auto resources = [](const Call& call, const typename Op::Input& input) {
        return resource_of(call, parameter_group_kind, input.DBParameterGroupName);
    };
    return row<Op>(around, resources, function);
}

template <class Op>
Operation on_cluster_parameter_group(const Surroundings& around, Function<Op> function) {
    auto resources = [](const Call& call, const typename Op::Input& input) {
        return resource_of(call, cluster_parameter_group_kind, input.DBClusterParameterGroupName);
    };
    return row<Op>(around, resources, function);
}

// An operation on the tags of the resource that ResourceName names.
template <class Op>
Operation on_tags(const Surroundings& around, Function<Op> function) {
    auto resources = [](const Call& call, const typename Op::Input& input) {
        return tagged_resource(call, *input.ResourceName);
    };
    return row<Op>(around, resources, function);
}

// An operation on nothing in particular.
template <class Op>
Operation on_everything(const Surroundings& around, Function<Op> function,
                        gateway::Supported supported = std::nullopt) {
    auto resources = [](const Call&, const typename Op::Input&) { return std::vector<std::string>{"*"}; };
    return row<Op>(around, resources, function, std::move(supported));
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
        const auto version = versions.find(asked);
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

// Global clusters are of no region.
std::vector<std::string> global_cluster(const Call& call, const api::DescribeGlobalClustersMessage& input) {
    return {model::Arn{std::string(model::partition_of(call.region)), "rds", "", call.account(),
                       "global-cluster:" + input.GlobalClusterIdentifier.value_or("*")}
                .text()};
}

}  // namespace

gateway::Service service(const Surroundings& around) {
    return gateway::Service{
        api::model,
        gateway::Locality::regional,
        api::errors,
        {
            on_tags<ops::AddTagsToResource>(around, add_tags),
            row<ops::CreateDBCluster>(around, created_cluster(around.versions), create_cluster,
                                      create_cluster_parameters),
            on_cluster_parameter_group<ops::CreateDBClusterParameterGroup>(around,
                                                                           create_cluster_parameter_group),
            row<ops::CreateDBInstance>(around, created_instance, create_instance, create_instance_parameters),
            on_parameter_group<ops::CreateDBParameterGroup>(around, create_parameter_group),
            on_subnet_group<ops::CreateDBSubnetGroup>(around, create_subnet_group),
            on_cluster<ops::DeleteDBCluster>(around, delete_cluster),
            on_cluster_parameter_group<ops::DeleteDBClusterParameterGroup>(around,
                                                                           delete_cluster_parameter_group),
            on_instance<ops::DeleteDBInstance>(around, delete_instance),
            on_parameter_group<ops::DeleteDBParameterGroup>(around, delete_parameter_group),
            on_subnet_group<ops::DeleteDBSubnetGroup>(around, delete_subnet_group),
            on_everything<ops::DescribeCertificates>(around, describe_certificates),
            on_cluster_parameter_group<ops::DescribeDBClusterParameterGroups>(
                around, describe_cluster_parameter_groups),
            on_cluster_parameter_group<ops::DescribeDBClusterParameters>(around, describe_cluster_parameters),
            on_cluster<ops::DescribeDBClusters>(around, describe_clusters),
            on_everything<ops::DescribeDBEngineVersions>(around, describe_engine_versions),
            on_instance<ops::DescribeDBInstances>(around, describe_instances),
            on_instance<ops::DescribeDBLogFiles>(around, describe_log_files),
            on_parameter_group<ops::DescribeDBParameterGroups>(around, describe_parameter_groups),
            on_parameter_group<ops::DescribeDBParameters>(around, describe_parameters),
            on_subnet_group<ops::DescribeDBSubnetGroups>(around, describe_subnet_groups),
            on_everything<ops::DescribeEvents>(around, describe_events,
                                               {{"Duration", "EndTime", "Filters", "Marker", "MaxRecords",
                                                 "SourceIdentifier", "SourceType", "StartTime"}}),
            row<ops::DescribeGlobalClusters>(around, global_cluster, describe_global_clusters),
            on_everything<ops::DescribeOrderableDBInstanceOptions>(around, describe_orderable_options),
            on_instance<ops::DownloadDBLogFilePortion>(around, download_log_file_portion),
            on_tags<ops::ListTagsForResource>(around, list_tags),
            on_cluster<ops::ModifyDBCluster>(around, modify_cluster, modify_cluster_parameters),
            on_cluster_parameter_group<ops::ModifyDBClusterParameterGroup>(around,
                                                                           modify_cluster_parameter_group),
            on_instance<ops::ModifyDBInstance>(around, modify_instance, modify_instance_parameters),
            on_parameter_group<ops::ModifyDBParameterGroup>(around, modify_parameter_group),
            on_subnet_group<ops::ModifyDBSubnetGroup>(around, modify_subnet_group),
            on_tags<ops::RemoveTagsFromResource>(around, remove_tags),
            on_cluster_parameter_group<ops::ResetDBClusterParameterGroup>(around,
                                                                          reset_cluster_parameter_group),
            on_parameter_group<ops::ResetDBParameterGroup>(around, reset_parameter_group),
        }};
}

}  // namespace countersign::rds
