// By the company's own provider: OpenID Connect, authorization code with PKCE. The ID token is verified by
// the function that AssumeRoleWithWebIdentity verifies with. Source: OpenID Connect Core 1.0, 3.1; RFC 7636;
// OpenID Connect Discovery 1.0.
#include <fmt/format.h>

#include <algorithm>

#include "client/json_members.h"
#include "console/signin/html.h"
#include "console/signin/signin.h"
#include "crypto/digest.h"
#include "federation/base64url.h"
#include "federation/jwks.h"
#include "federation/jwt.h"
#include "formats/encoding.h"
#include "formats/json.h"
#include "formats/uri.h"
#include "http/client.h"
#include "identity_center/credentials.h"
#include "identity_center/directory.h"
#include "identity_center/instances.h"
#include "model/keys.h"

namespace countersign::console {

namespace ic = identity_center;
namespace keys = model::keys;

namespace {

constexpr std::size_t random_bytes = 32;
// A callback for each way to sign in: a code that one provider gives never goes to another.
constexpr std::string_view callback_path = "/console/signin/oidc/";
constexpr std::string_view finish_path = "/console/signin/finish";
constexpr auto patience = std::chrono::seconds(5);

using Method = store::Stored<model::SigninMethod>;

struct Provider {
    Method method;
    model::OidcProvider registered;

    std::string url() const { return "https://" + registered.url; }
    http::Published at(std::string where) const { return {std::move(where), registered.thumbprints}; }
};

Error not_offered() {
    return Error{Fault::not_found, "This way to sign in is not offered any more."};
}

Result<Provider> find_provider(store::Store& store, const std::string& identity_store,
                               const std::string& name) {
    const auto instance = TRY(ic::find_by_identity_store(store, identity_store));
    if (!instance) return not_offered();
    auto method =
        TRY(store::load<model::SigninMethod>(store, keys::item(keys::signin_methods(identity_store), name)));
    if (!method) return not_offered();
    auto registered = TRY(store::load<model::OidcProvider>(
        store, keys::oidc_provider(instance->record.account, method->record.provider)));
    if (!registered) return not_offered();
    const auto& clients = registered->record.client_ids;
    if (std::ranges::find(clients, method->record.client_id) == clients.end()) return not_offered();
    return Provider{*std::move(method), std::move(registered->record)};
}

// Where the provider asks people and gives tokens, and its keys.
struct Endpoints {
    std::string authorization;
    std::string token;
    std::string keys;
    bool secret_in_form = false;  // the client's secret, otherwise in a header
};

Result<Endpoints> discover(const Provider& provider) {
    const std::string text = TRY(
        http::fetch_published(provider.at(provider.url() + "/.well-known/openid-configuration"), patience));
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

std::string place_of(const Elsewhere& sent) {
    return sent.identity_store + '/' + sent.method;
}

std::string form_of(std::initializer_list<std::pair<const char*, std::string>> fields) {
    std::string form;
    for (const auto& [name, value] : fields)
        form += fmt::format("{}{}={}", form.empty() ? "" : "&", name, formats::percent_encode(value));
    return form;
}

Error provider_failed(const Error& error) {
    return Error{Fault::unavailable, "The provider did not answer as it should: " + error.message};
}

// Shows that the request is the client's, where the client has a secret.
Result<void> prove_client(const Provider& provider, const Endpoints& endpoints,
                          const crypto::SealingKey& sealing, http::Published& request) {
    const model::SigninMethod& method = provider.method.record;
    if (method.sealed_secret.empty()) return {};
    const Secret secret = TRY(sealing.open(method.sealed_secret, provider.method.key));
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
    const std::string text = TRY(http::fetch_published(request, patience));
    const auto answer = formats::parse_json(text);
    std::string token = answer ? client::text_in(*answer, "id_token") : std::string();
    if (token.empty()) return Error{Fault::unavailable, "its answer has no ID token"};
    return token;
}

Result<federation::VerifiedToken> verified(const Provider& provider, const std::string& published,
                                           const Elsewhere& sent, const std::string& token, Instant now) {
    const auto key_set = TRY(federation::KeySet::parse(published));
    auto verified = TRY(
        federation::verify_jwt(token, key_set, {provider.url(), {provider.method.record.client_id}, now}));
    const auto nonce = verified.claims().find("nonce");
    if (nonce == verified.claims().end() || nonce->second != std::vector{sent.nonce})
        return Error{Fault::denied, "the ID token is not for this sign-in"};
    // Some providers let people write any address into their own profile, and say that it is not theirs.
    const auto mail = verified.claims().find("email_verified");
    const bool is_own = mail != verified.claims().end() && mail->second == std::vector<std::string>{"true"};
    if (provider.method.record.claim == "email" && !is_own)
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

std::string SignIn::provider_buttons(const std::string& identity_store, const std::string& to) {
    const auto methods =
        store::load_all<model::SigninMethod>(deps_.store, keys::signin_methods(identity_store));
    std::string buttons;
    if (methods)
        for (const auto& one : *methods)
            buttons += fmt::format(
                "<form method=\"get\" action=\"/console/signin/provider\">\n{}{}{}<button "
                "class=\"second\">{}</button>\n"
                "</form>\n",
                hidden("store", identity_store), hidden("method", one.record.name), hidden("to", to),
                escaped(one.record.label));
    return buttons;
}

http::Response SignIn::leave_for_provider(Seen& seen) {
    const std::string store = seen.visit["store"];
    const auto provider = find_provider(deps_.store, store, seen.visit["method"]);
    if (!provider) return failure_page(provider.error());
    const auto endpoints = discover(*provider);
    if (!endpoints) return failure_page(provider_failed(endpoints.error()));
    const auto fresh = [this] { return federation::base64url(deps_.random.bytes(random_bytes)); };
    Elsewhere sent{store,  provider->method.record.name, safe_path(seen.visit["to"]), fresh(), fresh(),
                   fresh()};
    const std::string query =
        form_of({{"response_type", "code"},
                 {"client_id", provider->method.record.client_id},
                 {"redirect_uri", seen.site.url + std::string(callback_path) + place_of(sent)},
                 {"scope", provider->method.record.scopes},
                 {"state", sent.state},
                 {"nonce", sent.nonce},
                 {"code_challenge_method", "S256"},
                 {"code_challenge", federation::base64url(crypto::sha256(sent.verifier))}});
    BrowserSession session;
    session.stage = Stage::elsewhere;
    session.elsewhere = std::move(sent);
    const char mark = endpoints->authorization.find('?') == std::string::npos ? '?' : '&';
    http::Response response = see_other(endpoints->authorization + mark + query);
    response.headers.push_back(set_cookie(seen.site, sessions_.renew(seen.cookie, session, seen.now)));
    return response;
}

// The browser comes from another site, so that it does not show its cookie yet: this page leads on to where
// it does, and whoever follows somebody else's link has no cookie that fits.
http::Response SignIn::come_from_provider(Seen& seen) {
    const std::string next =
        fmt::format("{}?{}", finish_path,
                    form_of({{"at", std::string(seen.request.path().substr(callback_path.size()))},
                             {"state", seen.visit["state"]},
                             {"code", seen.visit["code"]},
                             {"iss", seen.visit["iss"]},
                             {"error", seen.visit["error"]}}));
    http::Response response =
        page(200, "Signing in", fmt::format("<p><a href=\"{}\">Go on</a></p>\n", escaped(next)));
    response.headers.emplace_back("Refresh", "0; url=" + next);
    return response;
}

http::Response SignIn::take_from_provider(Seen& seen) {
    const bool is_ours = seen.session && seen.session->stage == Stage::elsewhere && seen.session->elsewhere &&
                         place_of(*seen.session->elsewhere) == seen.visit["at"] &&
                         crypto::same_secret(seen.session->elsewhere->state, seen.visit["state"]);
    if (!is_ours)
        return failure_page(
            {Fault::denied, "The sign-in took too long, or was begun in another browser. Begin anew."});
    const Elsewhere sent = *seen.session->elsewhere;
    sessions_.end(seen.cookie);
    if (seen.visit["code"].empty()) return failure_page({Fault::denied, "The provider did not sign you in."});
    const auto provider = find_provider(deps_.store, sent.identity_store, sent.method);
    if (!provider) return failure_page(provider.error());
    // Who says that it is another provider is one (RFC 9207).
    if (!seen.visit["iss"].empty() && seen.visit["iss"] != provider->url())
        return failure_page({Fault::denied, "Another provider answered than the one that was asked."});
    const auto endpoints = discover(*provider);
    if (!endpoints) return failure_page(provider_failed(endpoints.error()));
    http::Published request = provider->at(endpoints->token);
    request.form = form_of({{"grant_type", "authorization_code"},
                            {"code", seen.visit["code"]},
                            {"redirect_uri", seen.site.url + std::string(callback_path) + place_of(sent)},
                            {"client_id", provider->method.record.client_id},
                            {"code_verifier", sent.verifier}});
    if (const auto proven = prove_client(*provider, *endpoints, deps_.sealing, request); !proven)
        return failure_page(proven.error());
    const auto token = id_token_for(request);
    if (!token) return failure_page(provider_failed(token.error()));
    const auto published = http::fetch_published(provider->at(endpoints->keys), patience);
    if (!published) return failure_page(provider_failed(published.error()));
    const auto who = verified(*provider, *published, sent, *token, seen.now);
    if (!who) {
        tell(seen, sent.identity_store,
             {"UserAuthentication", std::string(nobodys_name), false, who.error().message});
        return failure_page(
            {Fault::denied, "What the provider says of you is not accepted: " + who.error().message});
    }
    const std::string name = name_in(*who, provider->method.record.claim);
    const auto user = ic::find_user_by_name(deps_.store, sent.identity_store, name);
    if (!user) return failure_page(user.error());
    // A subject is another with other capitals; user names are not.
    const bool is_exact =
        provider->method.record.claim != "sub" || (*user && (*user)->record.user_name == name);
    if (name.empty() || !*user || !is_exact || !(*user)->record.active) {
        tell(seen, sent.identity_store,
             {"UserAuthentication", known_name(sent.identity_store, name), false,
              "The directory has no such active user."});
        return failure_page(
            {Fault::denied, fmt::format("The provider knows you as {}, but nobody has this user name "
                                        "here. Ask your administrator.",
                                        name.empty() ? "somebody without a name" : name)});
    }
    BrowserSession session;
    session.user = (*user)->record.id;
    session.user_name = (*user)->record.user_name;
    const auto standing = ic::standing_of(deps_.store, session.user);
    if (!standing) return failure_page(standing.error());
    session.standing = standing->value_or(Instant());
    session.stage = Stage::signed_in;
    if (gave_a_code(*who)) session.mfa_time = seen.now;
    tell(seen, sent.identity_store,
         {"UserAuthentication", session.user_name, session.mfa_time.has_value(), ""});
    http::Response response = see_other(sent.to);
    response.headers.push_back(set_cookie(seen.site, sessions_.begin(session, seen.now)));
    return response;
}

}  // namespace countersign::console
