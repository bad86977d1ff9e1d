// Why what an identity provider signed would give a session of a role, or would not: judged as the call
// itself judges it, and nothing is begun. Neither kept nor logged is the token or assertion.
#pragma once

#include <string>
#include <vector>

#include "generated/admin.h"
#include "services/admin/service.h"

namespace countersign::admin {

// What a right on countersign:ExplainFederation is needed for: the role, whose trust policy is shown.
std::vector<std::string> role_asked(const gateway::Call& call, const api::ExplainFederationRequest& input);

// InvalidInput: a role of another account.
Result<api::ExplainFederationResponse> explain_federation(const Deps& deps, const gateway::Call& call,
                                                          const api::ExplainFederationRequest& input);

}  // namespace countersign::admin
