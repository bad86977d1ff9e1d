// Operations on access keys. A secret is shown once, by CreateAccessKey, and lies sealed in the store.
#pragma once

#include "gateway/operation.h"
#include "generated/iam.h"
#include "services/iam/service.h"

namespace countersign::iam {

Result<api::CreateAccessKeyResponse> create_access_key(const Deps& deps, const gateway::Call& call,
                                                       const api::CreateAccessKeyRequest& input);
Result<api::ListAccessKeysResponse> list_access_keys(const Deps& deps, const gateway::Call& call,
                                                     const api::ListAccessKeysRequest& input);
Result<gateway::Nothing> update_access_key(const Deps& deps, const gateway::Call& call,
                                           const api::UpdateAccessKeyRequest& input);
Result<gateway::Nothing> delete_access_key(const Deps& deps, const gateway::Call& call,
                                           const api::DeleteAccessKeyRequest& input);
Result<api::GetAccessKeyLastUsedResponse> get_access_key_last_used(
    const Deps& deps, const gateway::Call& call, const api::GetAccessKeyLastUsedRequest& input);

// Adds to the transaction what hands the keys of one user name over to another.
struct Renaming {
    std::string from;
    std::string to;
};
Result<void> move_keys(store::Store& store, const std::string& account, const Renaming& user,
                       store::Transaction& change);

}  // namespace countersign::iam
