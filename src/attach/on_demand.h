// Users on demand (databases/users_on_demand.h) of an attached server: what its owner allows, and where.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "attach/changes.h"
#include "attach/state.h"
#include "attach/survey.h"

namespace countersign::attach {

struct OnDemandWords {
    std::vector<std::string> databases;  // in which whoever has no line of their own needs a token; none: off
    std::vector<std::string> groups;     // that such users may be members of
};

// Fault::invalid: words that pg_hba.conf or a tag cannot hold, or a session in another database than the one
// in which the agent looks.
Result<void> check_on_demand(const OnDemandWords& words, const Survey& server);

// The tag of the DB instance, as KEY=VALUE.
std::string on_demand_tag_of(const OnDemandWords& words);

// Adds what lets the agent make users, where it does not yet: nothing where none are wished.
Result<void> add_users_on_demand(const ServerAddress& address, const OnDemandWords& words, Changes& changes);

// A database whose unknown users no line of pg_hba.conf asks for a token; nothing: every one has its line.
std::optional<std::string> database_without_line(const databases::HbaFacts& facts,
                                                 const std::vector<std::string>& databases,
                                                 const std::string& service);

}  // namespace countersign::attach
