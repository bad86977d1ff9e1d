// The operation ValidatePolicy.
#pragma once

#include "generated/accessanalyzer.h"
#include "services/accessanalyzer/service.h"

namespace countersign::accessanalyzer {

Result<api::ValidatePolicyResponse> validate_policy(const Deps& deps, const gateway::Call& call,
                                                    const api::ValidatePolicyRequest& input);

}  // namespace countersign::accessanalyzer
