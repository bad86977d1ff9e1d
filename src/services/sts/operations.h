// The operations, each kind in the file of its name. service.cc puts them together.
#pragma once

#include <string>

#include "gateway/operation.h"
#include "generated/sts.h"
#include "services/sts/service.h"

namespace countersign::sts {

using gateway::Call;

inline Error access_denied(std::string message) {
    return {Fault::denied, std::move(message), "AccessDenied"};
}
inline Error validation_error(std::string message) {
    return {Fault::invalid, std::move(message), "ValidationError"};
}

// caller.cc
Result<api::GetCallerIdentityResponse> get_caller_identity(const Deps& deps, const Call& call,
                                                           const api::GetCallerIdentityRequest& input);
Result<api::GetAccessKeyInfoResponse> get_access_key_info(const Deps& deps, const Call& call,
                                                          const api::GetAccessKeyInfoRequest& input);
Result<api::DecodeAuthorizationMessageResponse> decode_authorization_message(
    const Deps& deps, const Call& call, const api::DecodeAuthorizationMessageRequest& input);

// own_sessions.cc
Result<api::GetSessionTokenResponse> get_session_token(const Deps& deps, const Call& call,
                                                       const api::GetSessionTokenRequest& input);
Result<api::GetFederationTokenResponse> get_federation_token(const Deps& deps, const Call& call,
                                                             const api::GetFederationTokenRequest& input);

// assume_role.cc, web_identity.cc, saml.cc
Result<api::AssumeRoleResponse> assume_role(const Deps& deps, const Call& call,
                                            const api::AssumeRoleRequest& input);
Result<api::AssumeRoleWithWebIdentityResponse> assume_role_with_web_identity(
    const Deps& deps, const Call& call, const api::AssumeRoleWithWebIdentityRequest& input);
Result<api::AssumeRoleWithSAMLResponse> assume_role_with_saml(const Deps& deps, const Call& call,
                                                              const api::AssumeRoleWithSAMLRequest& input);

}  // namespace countersign::sts
