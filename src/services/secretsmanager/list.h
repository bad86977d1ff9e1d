// ListSecrets and ListSecretVersionIds.
#pragma once

#include "gateway/operation.h"
#include "generated/secretsmanager.h"
#include "services/secretsmanager/lookup.h"
#include "services/secretsmanager/service.h"

namespace countersign::secretsmanager {

Result<api::ListSecretsResponse> list_secrets(const Deps& deps, const gateway::Call& call,
                                              const api::ListSecretsRequest& input);
Result<api::ListSecretVersionIdsResponse> list_versions(const Deps& deps, const gateway::Call& call,
                                                        const FoundSecret& secret,
                                                        const api::ListSecretVersionIdsRequest& input);

}  // namespace countersign::secretsmanager
