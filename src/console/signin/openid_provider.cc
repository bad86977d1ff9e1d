// By OpenID Connect: authorization code with PKCE. The ID token is verified by the function that
// AssumeRoleWithWebIdentity verifies with. Source: OpenID Connect Core 1.0, 3.1; RFC 7636; OpenID Connect
// Discovery 1.0.
#include <fmt/format.h>

#include <algorithm>

#include "client/json_members.h"
#include "console/signin/provider.h"
#include "crypto/digest.h"
#include "federation/base64url.h"
#include "federation/jwks.h"
#include "federation/jwt.h"
#include "formats/encoding.h"
#include "formats/json.h"
#include "formats/uri.h"
#include "http/client.h"
#include "identity_center/start_url.h"
#include "model/iam.h"
#include "model/keys.h"

namespace countersign::console {

namespace ic = identity_center;

namespace {

constexpr auto patience = std::chrono::seconds(5);

struct OpenidProvider {
    const model::SigninMethod& method;
    model::OidcProvider registered;

    std::string url() const { return "https://" + registered.url; }
    http::Published at(std::string where) const { return {std::move(where), registered.thumbprints}; }
};

Result<OpenidProvider> find_provider(store::Store& store, const Way& way) {
    const model::SigninMethod& method = way.method.record;
    auto registered = TRY(
        store::load<model::OidcProvider>(store, model::keys::oidc_provider(way.account, method.provider)));
    if (!registered) return not_offered();
    const auto& clients = registered->record.client_ids;
    if (std::ranges::find(clients, method.client_id) == clients.end()) return not_offered();
    return OpenidProvider{method, std::move(registered->record)};
}

Result<std::string> fetch(const http::Published& document) {
    auto text = http::fetch_published(document, patience);
    if (!text) return Error{Fault::unavailable, text.error().message};
    return text;
}

// Where the provider asks people and gives tokens, and its keys.
struct Endpoints {
    std::string authorization;
    std::string token;
    std::string keys;
    bool secret_in_form = false;  // the client's secret, otherwise in a header
};

Result<Endpoints> discover(const OpenidProvider& provider) {
    const std::string text = TRY(fetch(provider.at(provider.url() + "/.well-known/openid-configuration")));
    const auto document = formats::parse_json(text);
    Endpoints found;
    if (document)
        found = {client::text_in(*document, "authorization_endpoint"),
                 client::text_in(*document, "token_endpoint"), client::text_in(*document, "jwks_uri")};
    if (document) {
        const auto& ways = client::list_in(*document, "token_endpoint_auth_methods_supported");
        const auto offers = [&](const char* way) {
            return std::ranges::find(ways, formats::json::value(way)) != ways.end();
        };
        found.secret_in_form = !offers("client_secret_basic") && offers("client_secret_post");
    }
    const bool is_whole = document && client::text_in(*document, "issuer") == provider.url();
    for (const std::string* url : {&found.authorization, &found.token, &found.keys})
        if (!is_whole || !url->starts_with("https://") ||
            url->find_first_of("\r\n \"<>") != std::string::npos)
            return Error{Fault::unavailable, "The provider's configuration cannot be used."};
    return found;
}

std::string callback_of(const Site& site, const Way& way) {
    return site.url + std::string(ic::openid_path) + way.place;
}

// Shows that the request is the client's, where the client has a secret.
Result<void> prove_client(const ProviderDeps& deps, const Way& way, const Endpoints& endpoints,
                          http::Published& request) {
    const model::SigninMethod& method = way.method.record;
    if (method.sealed_secret.empty()) return {};
    const Secret secret = TRY(deps.sealing.open(method.sealed_secret, way.method.key));
    const std::string encoded = formats::percent_encode(secret.reveal());
    if (endpoints.secret_in_form)
        request.form += "&client_secret=" + encoded;
    else
        request.authorization =
            "Basic " + formats::base64(formats::percent_encode(method.client_id) + ':' + encoded);
    return {};
}

// The ID token that the provider gives for what was asked.
Result<std::string> id_token_for(const http::Published& request) {
    const std::string text = TRY(fetch(request));
    const auto answer = formats::parse_json(text);
    std::string token = answer ? client::text_in(*answer, "id_token") : std::string();
    if (token.empty()) return Error{Fault::unavailable, "The provider's answer has no ID token"};
    return token;
}

Result<federation::VerifiedToken> verified(const OpenidProvider& provider, const std::string& published,
                                           const Elsewhere& sent, const std::string& token, Instant now) {
    const auto key_set = TRY(federation::KeySet::parse(published));
    auto verified =
        TRY(federation::verify_jwt(token, key_set, {provider.url(), {provider.method.client_id}, now}));
    const auto nonce = verified.claims().find("nonce");
    if (nonce == verified.claims().end() || nonce->second != std::vector{sent.nonce})
        return Error{Fault::denied, "the ID token is not for this sign-in"};
    // Some providers let people write any address into their own profile, and say that it is not theirs.
    const auto mail = verified.claims().find("email_verified");
    const bool is_own = mail != verified.claims().end() && mail->second == std::vector<std::string>{"true"};
    if (provider.method.claim == "email" && !is_own)
        return Error{Fault::denied, "the provider does not say that the email address is verified"};
    return verified;
}

// The text of the claim that is the user name here; empty where there is none, or several.
std::string name_in(const federation::VerifiedToken& token, const std::string& claim) {
    if (claim == "sub") return token.subject();
    const auto found = token.claims().find(claim);
    return found == token.claims().end() || found->second.size() != 1 ? std::string() : found->second.front();
}

bool gave_a_code(const federation::VerifiedToken& token) {
    return std::ranges::any_of(token.methods(), [](const std::string& method) {
        return method == "mfa" || method == "otp" || method == "hwk";  // RFC 8176
    });
}

}  // namespace

Result<std::string> ask_openid(const ProviderDeps& deps, const Way& way, const Site& site,
                               const Elsewhere& sent) {
    const auto provider = TRY(find_provider(deps.store, way));
    const auto endpoints = TRY(discover(provider));
    const std::string query =
        form_of({{"response_type", "code"},
                 {"client_id", provider.method.client_id},
                 {"redirect_uri", callback_of(site, way)},
                 {"scope", provider.method.scopes},
                 {"state", sent.state},
                 {"nonce", sent.nonce},
                 {"code_challenge_method", "S256"},
                 {"code_challenge", federation::base64url(crypto::sha256(sent.verifier))}});
    return with_query(endpoints.authorization, query);
}

Result<Vouched> take_openid(const ProviderDeps& deps, const Way& way, const Back& back) {
    const Visit& visit = back.visit;
    const Error not_signed_in{Fault::denied, "the provider did not sign you in"};
    if (visit["code"].empty()) return not_signed_in;
    const auto provider = TRY(find_provider(deps.store, way));
    // Who says that it is another provider is one (RFC 9207).
    if (!visit["iss"].empty() && visit["iss"] != provider.url())
        return Error{Fault::denied, "another provider answered than the one that was asked"};
    const auto endpoints = TRY(discover(provider));
    http::Published request = provider.at(endpoints.token);
    request.form = form_of({{"grant_type", "authorization_code"},
                            {"code", visit["code"]},
                            {"redirect_uri", callback_of(back.site, way)},
                            {"client_id", provider.method.client_id},
                            {"code_verifier", back.sent.verifier}});
    TRY(prove_client(deps, way, endpoints, request));
    const auto token = TRY(id_token_for(request));
    const auto published = TRY(fetch(provider.at(endpoints.keys)));
    const auto who = TRY(verified(provider, published, back.sent, token, back.now));
    // A subject is another with other capitals; user names are not.
    const std::string& claim = provider.method.claim;
    return Vouched{name_in(who, claim), claim == "sub", gave_a_code(who)};
}

}  // namespace countersign::console
