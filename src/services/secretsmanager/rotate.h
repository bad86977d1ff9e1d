// RotateSecret: the master user gets another password, and the secret another version.
#pragma once

#include "gateway/operation.h"
#include "generated/secretsmanager.h"
#include "services/secretsmanager/lookup.h"
#include "services/secretsmanager/service.h"

namespace countersign::secretsmanager {

Result<api::RotateSecretResponse> rotate_secret(const Deps& deps, const gateway::Call& call,
                                                const FoundSecret& asked,
                                                const api::RotateSecretRequest& input);

}  // namespace countersign::secretsmanager
