// Operations on the accounts of this server.
#pragma once

#include "gateway/operation.h"
#include "generated/admin.h"
#include "services/admin/service.h"

namespace countersign::admin {

// Makes the account with a key for its root user, which is shown this once.
Result<api::CreateAccountResponse> create_account(const Deps& deps, const gateway::Call& call,
                                                  const api::CreateAccountRequest& input);
Result<api::ListAccountsResponse> list_accounts(const Deps& deps, const gateway::Call& call,
                                                const gateway::Nothing& input);

// Whether the caller belongs to the account that the server began with.
Result<bool> is_manager(const Deps& deps, const gateway::Call& call);
// AccessDenied unless the caller belongs to the account that the server began with.
Result<void> check_manager(const Deps& deps, const gateway::Call& call);

}  // namespace countersign::admin
