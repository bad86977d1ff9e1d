// Who has which permission set in which account, and the role that stands for it there. Safe to call from any
// thread. Source: IAM Identity Center API Reference; IAM Identity Center User Guide, "Referencing permission
// sets in resource policies".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/random.h"
#include "identity_center/instances.h"
#include "model/identity_center.h"
#include "store/records.h"

namespace countersign::identity_center {

inline constexpr std::string_view reserved_role_path = "/aws-reserved/sso.amazonaws.com/";
inline constexpr std::string_view reserved_role_service = "sso.amazonaws.com";

// Whether a path is kept for roles that nobody but Identity Center makes and changes.
bool is_reserved_path(std::string_view path);

// AWSReservedSSO_NAME_ and 16 hexadecimal digits, the same at every call.
std::string reserved_role_name(const model::PermissionSet& set, std::string_view account);

// A permission set of an instance in an account.
struct Provision {
    const model::IdentityCenter& instance;
    const store::Stored<model::PermissionSet>& set;
    const std::string& account;
};

// Makes the role of a permission set in an account, or what it is now of what it was. Fault::not_found: the
// account lacks a policy that the set refers to. Fault::conflict: a role that is not Identity Center's has
// the name.
// Both write the set's record again, so that neither passes over the other, nor over its deletion: LostRace
// where the record was changed since it was read.
Result<void> provision(store::Store& store, const Provision& wanted, Instant now, crypto::Random& random);
// Takes the role away, unless somebody has the set in the account; sessions of it may do nothing from then
// on.
Result<void> withdraw(store::Store& store, const Provision& present);

// The accounts that the set has a role in.
Result<std::vector<std::string>> provisioned_to(store::Store& store, const std::string& identity_store,
                                                const std::string& permission_set_id);

// All that a person has, by name and through groups, each account and set once.
Result<std::vector<model::AccountAssignment>> assignments_of_user(store::Store& store,
                                                                  const std::string& identity_store,
                                                                  const std::string& user_id);
// What a user or group has itself.
Result<std::vector<model::AccountAssignment>> assignments_of_assignee(store::Store& store,
                                                                      const std::string& identity_store,
                                                                      const std::string& assignee);

// The writes that make an assignment, and that end it.
std::vector<store::Write> assigned(const std::string& identity_store, const model::AccountAssignment& wanted);
std::vector<store::Write> unassigned(const std::string& identity_store,
                                     const model::AccountAssignment& present);
std::string assignment_key(const std::string& identity_store, const model::AccountAssignment& assignment);

// The permission set of this name; nothing where there is none.
Result<std::optional<store::Stored<model::PermissionSet>>> find_permission_set_by_name(
    store::Store& store, const std::string& identity_store, const std::string& name);

}  // namespace countersign::identity_center
