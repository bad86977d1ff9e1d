// The people and groups of an identity store: found by id or name, and who is in which group. Safe to call
// from any thread. Source: Identity Store API Reference.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/identity_center.h"
#include "store/records.h"

namespace countersign::identity_center {

// Nothing where there is none.
Result<std::optional<store::Stored<model::DirectoryUser>>> find_user(store::Store& store,
                                                                     const std::string& identity_store,
                                                                     const std::string& id);
Result<std::optional<store::Stored<model::DirectoryUser>>> find_user_by_name(
    store::Store& store, const std::string& identity_store, const std::string& name);
Result<std::optional<store::Stored<model::DirectoryGroup>>> find_group(store::Store& store,
                                                                       const std::string& identity_store,
                                                                       const std::string& id);

// The ids of the groups that a user is in.
Result<std::vector<std::string>> groups_of(store::Store& store, const std::string& identity_store,
                                           const std::string& user_id);

// By whom something can be a user's: the user and the groups of theirs that are there, by their ids.
struct Assignees {
    std::string user;
    std::vector<std::string> groups;
};
Result<Assignees> assignees_of(store::Store& store, const std::string& identity_store,
                               const std::string& user_id);

// Of a user's or group's id, the identity store that it lies in: the first ten digits say it.
std::string identity_store_of(const std::string& id);

}  // namespace countersign::identity_center
