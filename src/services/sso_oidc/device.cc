// StartDeviceAuthorization: a program without a browser of its own asks for a code that a person types in
// one.
#include "base/text.h"
#include "identity_center/client_registration.h"
#include "identity_center/instances.h"
#include "identity_center/start_url.h"
#include "services/sso_oidc/operations.h"

namespace countersign::sso_oidc {

namespace {

Result<std::string> identity_store_of_url(store::Store& store, const std::string& url) {
    const auto named = identity_center::identity_store_in(url);
    const auto instance = named ? TRY(identity_center::find_by_identity_store(store, *named)) : std::nullopt;
    if (instance) return instance->record.identity_store;
    return oidc_error(
        Fault::invalid, "InvalidRequestException",
        "startUrl is none of this server; an administrator finds it with: countersign directory "
        "show");
}

std::string source_of(const Call& call) {
    const auto found = call.context.find("aws:sourceip");
    return found == call.context.end() || found->second.empty() ? std::string() : found->second.front();
}

}  // namespace

Result<api::StartDeviceAuthorizationResponse> start_device_authorization(
    const Deps& deps, const Call& call, const api::StartDeviceAuthorizationRequest& input) {
    const auto read =
        identity_center::authenticate_client(*input.clientId, *input.clientSecret, deps.sealing, call.now);
    if (!read) return oidc_error(Fault::unauthenticated, "InvalidClientException", read.error().message);
    if (!identity_center::may_use(*read, identity_center::device_grant))
        return oidc_error(Fault::denied, "UnauthorizedClientException",
                          "The client did not register for device codes");
    const std::string identity_store = TRY(identity_store_of_url(deps.store, *input.startUrl));
    const bool renewable = identity_center::may_use(*read, identity_center::refresh_grant);
    const auto codes =
        deps.grants.start_device({{identity_center::client_digest(*input.clientId), read->name, renewable},
                                  identity_store,
                                  source_of(call),
                                  call.now});
    if (!codes) return oidc_error(Fault::throttled, "SlowDownException", codes.error().message);
    api::StartDeviceAuthorizationResponse answer;
    answer.deviceCode = codes->device_code;
    answer.userCode = codes->user_code;
    answer.verificationUri = deps.url() + "/device";
    answer.verificationUriComplete = deps.url() + "/device?user_code=" + codes->user_code;
    answer.expiresIn = std::chrono::seconds(identity_center::device_life).count();
    answer.interval = identity_center::poll_interval.count();
    return answer;
}

}  // namespace countersign::sso_oidc
