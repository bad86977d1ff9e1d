// The condition keys that a simulated call of a principal carries without being given: those that the real
// call would.
#pragma once

#include <string>

#include "access/caller.h"
#include "base/clock.h"
#include "base/result.h"
#include "policy/policy.h"
#include "store/store.h"

namespace countersign::iam {

// The principal's own and the time; of rds-db:connect on a database server of this system, all that a login
// to it carries.
Result<policy::Context> simulated_context(store::Store& store, const access::Principal& principal,
                                          const policy::Request& request, Instant now);

}  // namespace countersign::iam
