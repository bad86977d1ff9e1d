// Makes the user of a login that everything else speaks for, in a server of this host
// (databases/on_demand.h).
#pragma once

#include <functional>
#include <optional>

#include "base/result.h"
#include "databases/on_demand.h"
#include "databases/server_view.h"
#include "login/verdict.h"

namespace countersign::agent {

// Blocks for at most about a second. None: nobody makes users here.
using MakeUser =
    std::function<Result<databases::Making>(const databases::ServerView&, const databases::UserWish&)>;

// The groups of a principal's tag countersign:groups that the database's own tag lets users be members of.
std::vector<std::string> groups_for(const login::Principal& principal,
                                    const std::vector<std::string>& allowed);

}  // namespace countersign::agent
