// What the policy check may know here: the actions of the services that are offered, and the account's
// databases.
#pragma once

#include "gateway/operation.h"
#include "policy/check/checker.h"
#include "services/accessanalyzer/service.h"

namespace countersign::accessanalyzer {

// The facts refer to `deps` and `call`. Databases are shown to callers alone who may list them, and their
// users to those who may have logins to that database explained; the databases are asked a few times at most,
// and only those that run here.
Result<policy::CheckFacts> facts_for(const Deps& deps, const gateway::Call& call);

}  // namespace countersign::accessanalyzer
