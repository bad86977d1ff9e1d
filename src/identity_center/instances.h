// The instances of IAM Identity Center on this server: each account has one at most. Everything else of an
// instance lies below the id of its identity store. Safe to call from any thread.
// Source: IAM Identity Center API Reference, "InstanceMetadata".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/random.h"
#include "model/identity_center.h"
#include "store/records.h"

namespace countersign::identity_center {

using Instance = store::Stored<model::IdentityCenter>;

std::string instance_arn(const model::IdentityCenter& instance);
std::string identity_store_arn(const model::IdentityCenter& instance);
std::string permission_set_arn(const model::IdentityCenter& instance, std::string_view permission_set_id);

// Both ids of a new instance.
model::IdentityCenter new_instance(const std::string& account, Instant now, crypto::Random& random);

// Nothing where there is none.
Result<std::optional<Instance>> find_instance(store::Store& store, const std::string& arn);
Result<std::optional<Instance>> find_by_identity_store(store::Store& store, const std::string& id_or_arn);
Result<std::optional<Instance>> find_of_account(store::Store& store, const std::string& account);
// That of the account that the server was made with.
Result<std::optional<Instance>> find_of_first_account(store::Store& store);

// Of a permission set, as its ARN in this instance names it; nothing for any other text.
std::optional<std::string> permission_set_id(const model::IdentityCenter& instance, std::string_view arn);

// Whether the instance may give people roles in that account: its own one, and every account of this server
// for the instance of the account that the server was made with, as that of an organization's management
// account.
Result<bool> reaches(store::Store& store, const model::IdentityCenter& instance, const std::string& account);
// Those accounts, with their names.
Result<std::vector<model::Account>> accounts_within_reach(store::Store& store,
                                                          const model::IdentityCenter& instance);

}  // namespace countersign::identity_center
