// Whom of a database's users an account's policies let nobody be any more.
#pragma once

#include <string>
#include <vector>

#include "access/principals.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/store.h"

namespace countersign::access {

struct Database {
    std::string account;  // whose users and roles are asked for
    std::string region;
    std::string resource_id;
};

// Which of these database users no user or role could log in as under any condition: conditions are taken to
// hold, and variables without a value to stand for anything, so that who is named here is certain. The root
// user, who may do everything, is not among those asked for. Loads every one of them: not for what somebody
// waits for.
Result<std::vector<std::string>> users_out_of_reach(store::Store& store, Principals& principals,
                                                    const Database& database, std::vector<std::string> users,
                                                    Instant now);

}  // namespace countersign::access
