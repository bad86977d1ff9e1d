// The database that a question about logins names, as the verdict wants it.
#pragma once

#include <string>

#include "extension/service.h"
#include "login/verdict.h"
#include "model/rds.h"

namespace countersign::extension {

struct AskedDatabase {
    login::Server server;
    model::Server record;
};

// The server behind the cluster with that identifier, else behind the instance.
Result<AskedDatabase> find_database(const Surroundings& around, const gateway::Call& call,
                                    const std::string& region, const std::string& identifier);

// Whether the database has that user, and in which groups, as far as it can be asked: only one that this
// server runs, and that is running.
enum class Role { unknown, absent, outsider, member };
Role find_role(const Surroundings& around, const AskedDatabase& database, const std::string& user);

}  // namespace countersign::extension
