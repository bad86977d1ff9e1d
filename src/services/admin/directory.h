// Passwords of the people in the account's instance of IAM Identity Center, and the tokens of programs that
// provision them; AWS's API has neither.
#pragma once

#include "gateway/operation.h"
#include "generated/admin.h"
#include "services/admin/service.h"

namespace countersign::admin {

std::vector<std::string> directory_user_meant(const gateway::Call& call,
                                              const api::ResetDirectoryPasswordRequest& input);

// A password that is good for one sign-in. NoSuchEntity: the account has no instance, or that no such user.
Result<api::ResetDirectoryPasswordResponse> reset_directory_password(
    const Deps& deps, const gateway::Call& call, const api::ResetDirectoryPasswordRequest& input);

// NoSuchEntity: the account has no instance, or that no such token. LimitExceeded: it has two tokens.
Result<api::CreateProvisioningTokenResponse> create_provisioning_token(const Deps& deps,
                                                                       const gateway::Call& call,
                                                                       const gateway::Nothing&);
Result<api::ListProvisioningTokensResponse> list_provisioning_tokens(const Deps& deps,
                                                                     const gateway::Call& call,
                                                                     const gateway::Nothing&);
Result<gateway::Nothing> delete_provisioning_token(const Deps& deps, const gateway::Call& call,
                                                   const api::DeleteProvisioningTokenRequest& input);

}  // namespace countersign::admin
