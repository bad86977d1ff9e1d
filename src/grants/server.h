// A server as it is, and made as it is to be. Whoever the session belongs to needs CREATEROLE and, from
// PostgreSQL 16 on, ADMIN OPTION on the roles that it hands out; and must own the databases.
#pragma once

#include <vector>

#include "base/result.h"
#include "databases/session.h"
#include "grants/plan.h"

namespace countersign::grants {

Result<Observed> observe(databases::Session& session);

// All of it or nothing. PostgreSQL's refusal names the change that it is of, and what is needed.
Result<void> apply(databases::Session& session, const std::vector<Change>& changes);

}  // namespace countersign::grants
