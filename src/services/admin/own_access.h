// What the caller may log in to: databases of the own account, and the users in them.
#pragma once

#include "gateway/operation.h"
#include "generated/admin.h"
#include "services/admin/service.h"

namespace countersign::admin {

// Of the users that the caller's policies name, in the region's databases, those that a login by token would
// be allowed as now, from nowhere in particular. A user with wildcards stands for all that match. Everybody
// may ask for what is their own.
Result<api::ListOwnAccessResponse> list_own_access(const Deps& deps, const gateway::Call& call,
                                                   const api::ListOwnAccessRequest& input);

}  // namespace countersign::admin
