// Clusters, instances and subnet groups as the operations find them, with RDS's error texts, and their ARNs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gateway/operation.h"
#include "model/rds.h"
#include "store/records.h"

namespace countersign::rds {

// The kinds of resources, as their ARNs call them.
inline constexpr std::string_view cluster_kind = "cluster";
inline constexpr std::string_view instance_kind = "db";
inline constexpr std::string_view subnet_group_kind = "subgrp";
inline constexpr std::string_view parameter_group_kind = "pg";
inline constexpr std::string_view cluster_parameter_group_kind = "cluster-pg";
inline constexpr std::string_view option_group_kind = "og";
inline constexpr std::string_view event_subscription_kind = "es";

// arn:PARTITION:rds:REGION:ACCOUNT:KIND:NAME, in the region of the call.
std::string arn_of(const gateway::Call& call, std::string_view kind, std::string_view name);

// The name, in lower case, of a resource that is named by identifier or ARN. The ARN of another account,
// region or kind stays whole, and so names nothing here.
std::string name_of(const gateway::Call& call, std::string_view kind, std::string_view given);

// The ARN to authorise on: that of the resource given by identifier or ARN, or KIND:* when none is given.
std::vector<std::string> resource_of(const gateway::Call& call, std::string_view kind,
                                     const std::optional<std::string>& given);

// Adds the ARN of a DB subnet group that is given.
void add_subnet_group(std::vector<std::string>& arns, const gateway::Call& call,
                      const std::optional<std::string>& group);

Error cluster_not_found(std::string_view given);
Error instance_not_found(std::string_view given);

// By identifier or ARN: DBClusterNotFoundFault, DBInstanceNotFound, DBSubnetGroupNotFoundFault,
// DBParameterGroupNotFound. A default parameter group has no record.
Result<store::Stored<model::DBCluster>> find_cluster(store::Store& store, const gateway::Call& call,
                                                     std::string_view given);
Result<store::Stored<model::DBInstance>> find_instance(store::Store& store, const gateway::Call& call,
                                                       std::string_view given);
Result<store::Stored<model::DBSubnetGroup>> find_subnet_group(store::Store& store, const gateway::Call& call,
                                                              std::string_view given);
Result<store::Stored<model::ParameterGroup>> find_parameter_group(store::Store& store,
                                                                  const gateway::Call& call,
                                                                  std::string_view kind,
                                                                  std::string_view given);

Result<std::vector<store::Stored<model::DBCluster>>> all_clusters(store::Store& store,
                                                                  const gateway::Call& call);
Result<std::vector<store::Stored<model::DBInstance>>> all_instances(store::Store& store,
                                                                    const gateway::Call& call);
// The instances of one cluster, those that are being deleted too.
Result<std::vector<model::DBInstance>> members_of(store::Store& store, const model::DBCluster& cluster);

// The group that a database is to be in: its name, and what keeps it from being deleted meanwhile. A default
// group, like none at all, needs no record, and its name is empty.
struct GroupUse {
    std::string name;
    std::vector<store::Guard> guards;
    std::vector<store::Write> writes;

    void join(store::Transaction& transaction) &&;
};
Result<GroupUse> use_subnet_group(store::Store& store, const gateway::Call& call,
                                  const std::optional<std::string>& given);

// A parameter group of that kind fits the databases of its family alone.
struct AskedParameterGroup {
    std::string_view kind;
    std::string family;
    std::optional<std::string> given;
};
Result<GroupUse> use_parameter_group(store::Store& store, const gateway::Call& call,
                                     const AskedParameterGroup& asked);

}  // namespace countersign::rds
