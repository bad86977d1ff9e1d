// How users, groups and memberships are made, changed and deleted, whoever asks: the API's operations and
// SCIM. Safe to call from any thread. Errors have the API's codes: Fault::not_found, Fault::exists where a
// name or an external id is another's, Fault::invalid.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "crypto/random.h"
#include "model/identity_center.h"
#include "store/records.h"

namespace countersign::identitystore {

using UserRecord = store::Stored<model::DirectoryUser>;
using GroupRecord = store::Stored<model::DirectoryGroup>;
using MembershipRecord = store::Stored<model::GroupMembership>;

// The identity store that is changed, and what the changes need. For one call.
struct Directory {
    store::Store& store;
    crypto::Random& random;
    const std::string& identity_store;
    Instant now;
};

// An id may be given as an ARN as well.
Result<UserRecord> user_of(store::Store& store, const std::string& identity_store,
                           const std::string& id_or_arn);
Result<GroupRecord> group_of(store::Store& store, const std::string& identity_store,
                             const std::string& id_or_arn);
Result<MembershipRecord> membership_of(store::Store& store, const std::string& identity_store,
                                       const std::string& id_or_arn);
// The id of the membership; nothing where the user is not in the group.
Result<std::optional<std::string>> membership_id(store::Store& store, const std::string& identity_store,
                                                 const std::string& group, const std::string& user);

// Those of a list of the store: of a group, or of a user.
Result<std::vector<model::GroupMembership>> memberships_in(store::Store& store,
                                                           const std::string& identity_store,
                                                           const std::string& list);

// With a new id and the times of now.
Result<model::DirectoryUser> add_user(const Directory& directory, model::DirectoryUser user);
Result<model::DirectoryGroup> add_group(const Directory& directory, model::DirectoryGroup group);

// Changes what is kept, once or, where somebody else did so meanwhile, again. A user who is not active any
// more loses what programs hold.
using UserChange = std::function<Result<void>(model::DirectoryUser&)>;
using GroupChange = std::function<Result<void>(model::DirectoryGroup&)>;
Result<model::DirectoryUser> change_user(const Directory& directory, const std::string& id_or_arn,
                                         const UserChange& change);
Result<model::DirectoryGroup> change_group(const Directory& directory, const std::string& id_or_arn,
                                           const GroupChange& change);

// With memberships, assignments, credentials and sessions.
Result<void> remove_user(const Directory& directory, const std::string& id_or_arn);
Result<void> remove_group(const Directory& directory, const std::string& id_or_arn);

Result<model::GroupMembership> add_member(const Directory& directory, const std::string& group_id_or_arn,
                                          const std::string& user_id_or_arn);
Result<void> remove_membership(const Directory& directory, const std::string& id_or_arn);

}  // namespace countersign::identitystore
