// Operations on parameter groups: create, copy, describe, delete. Those of clusters and those of instances
// differ in their names alone. A default group is there without a record, for each engine and major version
// that is installed; it cannot be changed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/operation.h"
#include "generated/rds.h"
#include "model/rds.h"
#include "services/rds/service.h"

namespace countersign::rds {

// aurora-postgresql15, postgres17 …: of what is installed. DB cluster parameter groups are of Aurora's alone.
std::vector<std::string> parameter_group_families(const Deps& deps, std::string_view kind);

// The group, a default one too. DBParameterGroupNotFound.
Result<model::ParameterGroup> look_up_parameter_group(const Deps& deps, const gateway::Call& call,
                                                      std::string_view kind, const std::string& given);
// InvalidDBParameterGroupState for one that nobody can change.
Result<void> refuse_default_group(const gateway::Call& call, std::string_view kind, const std::string& given);

Result<api::CreateDBParameterGroupResult> create_parameter_group(
    const Deps& deps, const gateway::Call& call, const api::CreateDBParameterGroupMessage& input);
Result<api::CreateDBClusterParameterGroupResult> create_cluster_parameter_group(
    const Deps& deps, const gateway::Call& call, const api::CreateDBClusterParameterGroupMessage& input);
Result<api::CopyDBParameterGroupResult> copy_parameter_group(const Deps& deps, const gateway::Call& call,
                                                             const api::CopyDBParameterGroupMessage& input);
Result<api::CopyDBClusterParameterGroupResult> copy_cluster_parameter_group(
    const Deps& deps, const gateway::Call& call, const api::CopyDBClusterParameterGroupMessage& input);
Result<api::DBParameterGroupsMessage> describe_parameter_groups(
    const Deps& deps, const gateway::Call& call, const api::DescribeDBParameterGroupsMessage& input);
Result<api::DBClusterParameterGroupsMessage> describe_cluster_parameter_groups(
    const Deps& deps, const gateway::Call& call, const api::DescribeDBClusterParameterGroupsMessage& input);
Result<gateway::Nothing> delete_parameter_group(const Deps& deps, const gateway::Call& call,
                                                const api::DeleteDBParameterGroupMessage& input);
Result<gateway::Nothing> delete_cluster_parameter_group(
    const Deps& deps, const gateway::Call& call, const api::DeleteDBClusterParameterGroupMessage& input);

}  // namespace countersign::rds
