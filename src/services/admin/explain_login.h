// Why a login was allowed or refused, or would be: one of the audit, one by a principal, or one by a token
// that somebody has at hand. Neither kept nor logged is the token.
#pragma once

#include <string>
#include <vector>

#include "generated/admin.h"
#include "services/admin/service.h"

namespace countersign::admin {

// What a right on countersign:ExplainLogin is needed for: the principal that is asked about, the login, or
// the database that a token is for. Whoever signed is asked for as well once that is known, since its
// policies are shown.
std::vector<std::string> explained(const gateway::Call& call, const api::ExplainLoginRequest& input);

Result<api::ExplainLoginResponse> explain_login(const Deps& deps, const gateway::Call& call,
                                                const api::ExplainLoginRequest& input);

}  // namespace countersign::admin
