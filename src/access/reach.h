// Whether an account's policies still let anybody do something.
#pragma once

#include <string>
#include <vector>

#include "access/principals.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/store.h"

namespace countersign::access {

struct Reach {
    std::string account;  // whose users and roles are asked for
    std::string action;
    std::string resource;  // of the same account
};

// Whether a user or role could be allowed it under some condition: conditions are taken to hold, and
// variables without a value to stand for anything, so that a no is certain. The root user, who may do
// everything, is not among them. Loads every one of them: not for what somebody waits for.
Result<bool> could_anybody(store::Store& store, Principals& principals, const Reach& reach, Instant now);

struct Database {
    std::string account;
    std::string region;
    std::string resource_id;
};

// Which of these database users nobody could log in as, by the same rules. One that cannot be told is none.
std::vector<std::string> users_out_of_reach(store::Store& store, Principals& principals,
                                            const Database& database, const std::vector<std::string>& users,
                                            Instant now);

}  // namespace countersign::access
