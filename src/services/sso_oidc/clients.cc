// RegisterClient: a program says what it is called and how it will ask.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "identity_center/client_registration.h"
#include "services/sso_oidc/operations.h"

namespace countersign::sso_oidc {

namespace {

constexpr std::size_t name_bytes_max = 256;
constexpr std::size_t list_items_max = 20;
constexpr std::size_t uri_bytes_max = 512;

Result<void> check_name(const std::string& name) {
    if (!name.empty() && name.size() <= name_bytes_max) return {};
    return oidc_error(Fault::invalid, "InvalidClientMetadataException",
                      "clientName has between 1 and 256 bytes");
}

Result<void> check_grant_types(const std::vector<std::string>& types) {
    constexpr std::array known = {identity_center::device_grant, identity_center::code_grant,
                                  identity_center::refresh_grant};
    for (const std::string& type : types)
        if (std::ranges::find(known, type) == known.end())
            return oidc_error(Fault::invalid, "UnsupportedGrantTypeException",
                              "The grant type " + printable(type, name_bytes_max) + " is not offered");
    return {};
}

Result<void> check_redirect_uris(const std::vector<std::string>& uris) {
    if (uris.size() > list_items_max)
        return oidc_error(Fault::invalid, "InvalidRedirectUriException",
                          "At most 20 redirect URIs are taken");
    for (const std::string& uri : uris)
        if (uri.size() > uri_bytes_max || !identity_center::is_loopback_uri(uri))
            return oidc_error(Fault::invalid, "InvalidRedirectUriException",
                              "A redirect URI leads to a loopback address: http://127.0.0.1/…");
    return {};
}

}  // namespace

Result<api::RegisterClientResponse> register_client(const Deps& deps, const Call& call,
                                                    const api::RegisterClientRequest& input) {
    if (*input.clientType != "public")
        return oidc_error(Fault::invalid, "InvalidClientMetadataException", "clientType must be public");
    identity_center::RegisteredClient client;
    client.name = *input.clientName;
    client.grant_types = input.grantTypes.value_or(client.grant_types);
    client.redirect_uris = input.redirectUris.value_or(client.redirect_uris);
    client.issuer = input.issuerUrl.value_or("");
    TRY(check_name(client.name));
    TRY(check_grant_types(client.grant_types));
    TRY(check_redirect_uris(client.redirect_uris));
    if (client.issuer.size() > uri_bytes_max ||
        input.scopes.value_or(std::vector<std::string>()).size() > list_items_max)
        return oidc_error(Fault::invalid, "InvalidClientMetadataException",
                          "The client says too much of itself");
    const auto made = identity_center::register_client(client, deps.sealing, deps.random, call.now);
    api::RegisterClientResponse answer;
    answer.clientId = made.id;
    answer.clientSecret = std::string(made.secret.reveal());
    answer.clientIdIssuedAt = std::chrono::floor<std::chrono::seconds>(call.now).time_since_epoch().count();
    answer.clientSecretExpiresAt =
        std::chrono::floor<std::chrono::seconds>(call.now + identity_center::client_life)
            .time_since_epoch()
            .count();
    return answer;
}

}  // namespace countersign::sso_oidc
