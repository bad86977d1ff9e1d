// Passwords of the people in the account's instance of IAM Identity Center, which AWS's API does not set.
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

}  // namespace countersign::admin
