// Real logins over TLS that show whether an attached server takes tokens: a fresh one gets in, a wrong one
// does not.
#pragma once

#include <string>

#include "attach/checklist.h"
#include "attach/registration.h"
#include "attach/survey.h"
#include "base/result.h"

namespace countersign::attach {

struct ProofSite {
    const ServerAddress& address;
    const Survey& server;
    const Registration& registered;
    std::string on_demand_database;  // where users are made at their first login; empty: nowhere
};

// Makes a member of rds_iam for as long as it takes. An error when a login does not end as it must. A caller
// who may not log in proves nothing, and the checklist says what is missing.
Result<void> prove(const ProofSite& site, const Registry& registry, Checklist& list);

}  // namespace countersign::attach
