// CreateToken: for a device code that a person agreed to, a code of a redirection, or a refresh token.
#include "base/text.h"
#include "identity_center/client_registration.h"
#include "identity_center/sessions.h"
#include "services/sso_oidc/operations.h"

namespace countersign::sso_oidc {

namespace {

namespace ic = identity_center;
using gateway::Call;

Error invalid_grant(std::string message) {
    return oidc_error(Fault::denied, "InvalidGrantException", std::move(message));
}

Error missing(std::string_view member, std::string_view grant) {
    return oidc_error(Fault::invalid, "InvalidRequestException",
                      std::string(member) + " is needed for the grant type " + std::string(grant));
}

api::CreateTokenResponse shown(const ic::IssuedTokens& issued, Instant now) {
    api::CreateTokenResponse answer;
    answer.accessToken = std::string(issued.access.reveal());
    answer.tokenType = "Bearer";
    answer.expiresIn = std::chrono::floor<std::chrono::seconds>(issued.access_ends - now).count();
    if (issued.refresh) answer.refreshToken = std::string(issued.refresh->reveal());
    return answer;
}

Result<api::CreateTokenResponse> begun(const Deps& deps, const Call& call, const ic::Person& person,
                                       const ic::Client& client) {
    const auto issued = ic::begin_session(deps.store, deps.random, person, client, call.now);
    if (issued) return shown(*issued, call.now);
    if (issued.error().fault != Fault::unauthenticated) return issued.error();
    return invalid_grant("The person is signed out by now; begin anew");
}

Result<api::CreateTokenResponse> by_device(const Deps& deps, const Call& call,
                                           const api::CreateTokenRequest& input) {
    if (!input.deviceCode) return missing("deviceCode", *input.grantType);
    const ic::Polled polled =
        deps.grants.poll(*input.deviceCode, ic::client_digest(*input.clientId), call.now);
    switch (polled.answer) {
        case ic::DeviceAnswer::pending:
            return oidc_error(Fault::invalid, "AuthorizationPendingException",
                              "The person has not answered yet");
        case ic::DeviceAnswer::too_soon:
            return oidc_error(Fault::throttled, "SlowDownException", "Ask once a second");
        case ic::DeviceAnswer::denied:
            return oidc_error(Fault::denied, "AccessDeniedException", "The person refused");
        case ic::DeviceAnswer::unknown:
            return oidc_error(Fault::denied, "ExpiredTokenException",
                              "The device code is not valid any more; begin anew");
        case ic::DeviceAnswer::approved:
            break;
    }
    return begun(deps, call, *polled.person, *polled.client);
}

Result<api::CreateTokenResponse> by_code(const Deps& deps, const Call& call,
                                         const api::CreateTokenRequest& input) {
    if (!input.code || !input.redirectUri || !input.codeVerifier)
        return missing("code, redirectUri and codeVerifier each", *input.grantType);
    const auto grant = deps.grants.take_code(*input.code, ic::client_digest(*input.clientId),
                                             *input.redirectUri, *input.codeVerifier, call.now);
    if (!grant) return invalid_grant("The code is not valid, or not any more; begin anew");
    return begun(deps, call, grant->person, grant->client);
}

Result<api::CreateTokenResponse> by_refresh_token(const Deps& deps, const Call& call,
                                                  const api::CreateTokenRequest& input) {
    if (!input.refreshToken) return missing("refreshToken", *input.grantType);
    const std::string client = ic::client_digest(*input.clientId);
    const auto renewed = ic::renew_session(deps.store, deps.random, {*input.refreshToken, client}, call.now);
    if (renewed) return shown(*renewed, call.now);
    if (renewed.error().fault != Fault::unauthenticated) return renewed.error();
    return invalid_grant("The refresh token is not valid any more; sign in again");
}

}  // namespace

Result<api::CreateTokenResponse> create_token(const Deps& deps, const Call& call,
                                              const api::CreateTokenRequest& input) {
    const auto client = ic::authenticate_client(*input.clientId, *input.clientSecret, deps.sealing, call.now);
    if (!client) return oidc_error(Fault::unauthenticated, "InvalidClientException", client.error().message);
    const std::string& grant = *input.grantType;
    const bool known = grant == ic::device_grant || grant == ic::code_grant || grant == ic::refresh_grant;
    if (!known)
        return oidc_error(Fault::invalid, "UnsupportedGrantTypeException",
                          "The grant type " + printable(grant, 256) + " is not offered");
    if (!ic::may_use(*client, grant))
        return oidc_error(Fault::denied, "UnauthorizedClientException",
                          "The client did not register for this grant type");
    if (grant == ic::device_grant) return by_device(deps, call, input);
    if (grant == ic::code_grant) return by_code(deps, call, input);
    return by_refresh_token(deps, call, input);
}

}  // namespace countersign::sso_oidc
