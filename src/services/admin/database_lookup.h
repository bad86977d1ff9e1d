// The database that a question about logins names, as the verdict wants it.
#pragma once

#include <string>

#include "login/verdict.h"
#include "model/rds.h"
#include "services/admin/service.h"

namespace countersign::admin {

struct AskedDatabase {
    login::Server server;
    model::Server record;
};

// The server behind the cluster with that identifier, else behind the instance.
Result<AskedDatabase> find_database(const Deps& deps, const gateway::Call& call, const std::string& region,
                                    const std::string& identifier);

}  // namespace countersign::admin
