// Operations on the parameters of parameter groups: modify, reset, describe. What a group sets is in force in
// PostgreSQL at once where the parameter is dynamic, and from the server's next start on where it is static.
#pragma once

#include "gateway/operation.h"
#include "generated/rds.h"
#include "services/rds/service.h"

namespace countersign::rds {

Result<api::DBParameterGroupNameMessage> modify_parameter_group(
    const Deps& deps, const gateway::Call& call, const api::ModifyDBParameterGroupMessage& input);
Result<api::DBClusterParameterGroupNameMessage> modify_cluster_parameter_group(
    const Deps& deps, const gateway::Call& call, const api::ModifyDBClusterParameterGroupMessage& input);
Result<api::DBParameterGroupNameMessage> reset_parameter_group(
    const Deps& deps, const gateway::Call& call, const api::ResetDBParameterGroupMessage& input);
Result<api::DBClusterParameterGroupNameMessage> reset_cluster_parameter_group(
    const Deps& deps, const gateway::Call& call, const api::ResetDBClusterParameterGroupMessage& input);
Result<api::DBParameterGroupDetails> describe_parameters(const Deps& deps, const gateway::Call& call,
                                                         const api::DescribeDBParametersMessage& input);
Result<api::DBClusterParameterGroupDetails> describe_cluster_parameters(
    const Deps& deps, const gateway::Call& call, const api::DescribeDBClusterParametersMessage& input);

Result<api::DescribeEngineDefaultParametersResult> describe_engine_defaults(
    const Deps& deps, const gateway::Call& call, const api::DescribeEngineDefaultParametersMessage& input);
Result<api::DescribeEngineDefaultClusterParametersResult> describe_engine_cluster_defaults(
    const Deps& deps, const gateway::Call& call,
    const api::DescribeEngineDefaultClusterParametersMessage& input);

}  // namespace countersign::rds
