// The operations, each kind in the file of its name. service.cc puts them together.
#pragma once

#include <string>

#include "gateway/operation.h"
#include "generated/sso_oidc.h"
#include "services/sso_oidc/service.h"

namespace countersign::sso_oidc {

using gateway::Call;

// An error of this service, by the name that its model has for it.
inline Error oidc_error(Fault fault, std::string_view name, std::string message) {
    return {fault, std::move(message), std::string(name)};
}

// clients.cc
Result<api::RegisterClientResponse> register_client(const Deps& deps, const Call& call,
                                                    const api::RegisterClientRequest& input);
// device.cc
Result<api::StartDeviceAuthorizationResponse> start_device_authorization(
    const Deps& deps, const Call& call, const api::StartDeviceAuthorizationRequest& input);
// tokens.cc
Result<api::CreateTokenResponse> create_token(const Deps& deps, const Call& call,
                                              const api::CreateTokenRequest& input);
// tokens_with_iam.cc
Result<api::CreateTokenWithIAMResponse> create_token_with_iam(const Deps& deps, const Call& call,
                                                              const api::CreateTokenWithIAMRequest& input);

}  // namespace countersign::sso_oidc
