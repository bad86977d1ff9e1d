// GetSecretValue, and what is told of a secret without its value.
#pragma once

#include "gateway/operation.h"
#include "generated/secretsmanager.h"
#include "services/secretsmanager/lookup.h"
#include "services/secretsmanager/service.h"

namespace countersign::secretsmanager {

// secretsmanager:VersionId and secretsmanager:VersionStage: of the version that would be read, so that a
// label is not passed by with an id; of what is asked for where there is no such version.
void put_version_keys(const api::GetSecretValueRequest& input, Target& target);

Result<api::GetSecretValueResponse> get_secret_value(const Deps& deps, const gateway::Call& call,
                                                     const FoundSecret& secret,
                                                     const api::GetSecretValueRequest& input);
Result<api::DescribeSecretResponse> describe_secret(const Deps& deps, const gateway::Call& call,
                                                    const FoundSecret& secret,
                                                    const api::DescribeSecretRequest& input);
// There is none: a secret is read by those whose own policies say so.
Result<api::GetResourcePolicyResponse> get_resource_policy(const Deps& deps, const gateway::Call& call,
                                                           const FoundSecret& secret,
                                                           const api::GetResourcePolicyRequest& input);

}  // namespace countersign::secretsmanager
