// GetSecretValue, and what is told of a secret without its value.
#pragma once

#include "gateway/operation.h"
#include "generated/secretsmanager.h"
#include "services/secretsmanager/service.h"

namespace countersign::secretsmanager {

Result<api::GetSecretValueResponse> get_secret_value(const Deps& deps, const gateway::Call& call,
                                                     const api::GetSecretValueRequest& input);
Result<api::DescribeSecretResponse> describe_secret(const Deps& deps, const gateway::Call& call,
                                                    const api::DescribeSecretRequest& input);
// There is none: a secret is read by those whose own policies say so.
Result<api::GetResourcePolicyResponse> get_resource_policy(const Deps& deps, const gateway::Call& call,
                                                           const api::GetResourcePolicyRequest& input);

}  // namespace countersign::secretsmanager
