// The providers by which people of the account's directory may sign in, besides with a password.
#pragma once

#include "gateway/operation.h"
#include "generated/admin.h"
#include "services/admin/service.h"

namespace countersign::admin {

// NoSuchEntity: the account has no directory, or no such provider. InvalidInput: a client id that the
// provider's registration does not name; metadata of SAML that tells no address, or asks for signed requests.
Result<api::PutSigninMethodResponse> put_signin_method(const Deps& deps, const gateway::Call& call,
                                                       const api::PutSigninMethodRequest& input);
Result<api::ListSigninMethodsResponse> list_signin_methods(const Deps& deps, const gateway::Call& call,
                                                           const gateway::Nothing& input);
Result<gateway::Nothing> delete_signin_method(const Deps& deps, const gateway::Call& call,
                                              const api::DeleteSigninMethodRequest& input);

}  // namespace countersign::admin
