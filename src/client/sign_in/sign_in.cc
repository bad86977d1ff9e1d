#include "client/sign_in/sign_in.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <thread>

#include "base/log.h"
#include "client/json_members.h"
#include "client/rest_call.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "federation/base64url.h"
#include "formats/iso_time.h"
#include "formats/query.h"
#include "formats/uri.h"
#include "http/server.h"

namespace countersign::client {

namespace {

namespace json = formats::json;

constexpr auto patience = std::chrono::minutes(10);
constexpr const char* client_name = "countersign";
constexpr const char* callback_path = "/oauth/callback";
constexpr std::size_t verifier_bytes = 48;
constexpr std::size_t state_bytes = 24;
constexpr const char* device_grant_type = "urn:ietf:params:oauth:grant-type:device_code";

ApiTarget api(const SignInTarget& target) {
    return {target.url, target.region, {}, target.ca_bundle};
}

Result<json::value> post(const SignInTarget& target, const char* path, const json::object& document) {
    return unsigned_document(api(target), {"POST", path, {}, json::serialize(document), ""});
}

Error nobody_answered() {
    return Error{Fault::unavailable, "nobody answered in ten minutes; run the command again"};
}

Result<json::value> registered(const SignInTarget& target, const json::array& grant_types) {
    return post(target, "/client/register",
                {{"clientName", client_name},
                 {"clientType", "public"},
                 {"scopes", json::array{"sso:account:access"}},
                 {"grantTypes", grant_types},
                 {"redirectUris", json::array{fmt::format("http://127.0.0.1{}", callback_path)}},
                 {"issuerUrl", target.start_url}});
}

// The token, with what its renewal will need.
Result<SsoToken> created(const SignInTarget& target, const json::value& client, json::object grant) {
    grant["clientId"] = text_in(client, "clientId");
    grant["clientSecret"] = text_in(client, "clientSecret");
    const json::value answer = TRY(post(target, "/token", grant));
    auto token = parse_created_token(json::serialize(answer), SystemClock().now());
    if (!token) return Error{Fault::unavailable, "the server's answer is no token"};
    token->start_url = target.start_url;
    token->region = target.region;
    token->client_id = text_in(client, "clientId");
    token->client_secret = Secret(text_in(client, "clientSecret"));
    const json::value* const ends = member_in(client, "clientSecretExpiresAt");
    if (ends != nullptr && ends->is_int64())
        token->registration_expires_at =
            formats::second_time(Instant(std::chrono::seconds(ends->get_int64())));
    return *std::move(token);
}

http::Response told(std::string_view sentence) {
    return {200,
            {{"Content-Type", "text/html; charset=utf-8"}, {"Content-Security-Policy", "default-src 'none'"}},
            fmt::format("<!doctype html><html lang=\"en\"><title>Countersign</title><p>{}</p>\n", sentence)};
}

// Listens on a loopback port until a browser brings the answer.
class Callback {
public:
    explicit Callback(std::string state) : state_(std::move(state)) {}

    Result<std::string> listen() {
        http::ServerOptions options;
        options.host = "127.0.0.1";
        options.workers = 1;
        server_ = TRY(http::Server::listen(
            std::move(options), [this](const http::Request& request) { return take(request); }, log_));
        server_->start();
        return fmt::format("http://127.0.0.1:{}{}", server_->port(), callback_path);
    }

    // The code.
    Result<std::string> wait() {
        auto answered = answer_.get_future();
        if (answered.wait_for(patience) != std::future_status::ready) return nobody_answered();
        Result<std::string> code = answered.get();
        server_->stop();
        return code;
    }

private:
    http::Response take(const http::Request& request) {
        const auto fields = formats::parse_query(request.query(), formats::Plus::blank);
        const std::string* const state = fields ? formats::find(*fields, "state") : nullptr;
        if (request.path() != callback_path || state == nullptr || !crypto::same_secret(*state, state_))
            return {404, {}, ""};
        const std::string* const code = formats::find(*fields, "code");
        if (!answered_.exchange(true))
            answer_.set_value(code != nullptr ? Result<std::string>(*code)
                                              : Error{Fault::denied, "it was denied on the page"});
        return told(code != nullptr ? "You are signed in. Go back to the terminal; you can close this page."
                                    : "Nobody is signed in. You can close this page.");
    }

    const std::string state_;
    Log log_{LogLevel::error};
    std::atomic<bool> answered_ = false;
    std::promise<Result<std::string>> answer_;
    std::unique_ptr<http::Server> server_;
};

}  // namespace

Result<SsoToken> sign_in_by_browser(const SignInTarget& target, const SignInWords& words) {
    crypto::SystemRandom random;
    const json::value client = TRY(registered(target, {"authorization_code", "refresh_token"}));
    const std::string verifier = federation::base64url(random.bytes(verifier_bytes));
    const std::string state = federation::base64url(random.bytes(state_bytes));
    Callback callback(state);
    const std::string redirect = TRY(callback.listen());
    words.open(fmt::format(
        "{}/authorize?response_type=code&client_id={}&redirect_uri={}&state={}&code_challenge_method="
        "S256&code_challenge={}",
        target.url, formats::percent_encode(text_in(client, "clientId")), formats::percent_encode(redirect),
        state, federation::base64url(crypto::sha256(verifier))));
    const std::string code = TRY(callback.wait());
    return created(target, client,
                   {{"grantType", "authorization_code"},
                    {"code", code},
                    {"redirectUri", redirect},
                    {"codeVerifier", verifier}});
}

Result<SsoToken> sign_in_by_code(const SignInTarget& target, const SignInWords& words) {
    const json::value client = TRY(registered(target, {device_grant_type, "refresh_token"}));
    const json::value device = TRY(post(target, "/device_authorization",
                                        {{"clientId", text_in(client, "clientId")},
                                         {"clientSecret", text_in(client, "clientSecret")},
                                         {"startUrl", target.start_url}}));
    words.show(text_in(device, "verificationUriComplete"), text_in(device, "userCode"));
    const json::value* const told_interval = member_in(device, "interval");
    std::chrono::seconds interval(told_interval != nullptr && told_interval->is_int64()
                                      ? std::clamp<std::int64_t>(told_interval->get_int64(), 1, 60)
                                      : 5);
    const auto end = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(interval);
        auto token =
            created(target, client,
                    {{"grantType", device_grant_type}, {"deviceCode", text_in(device, "deviceCode")}});
        if (token) return token;
        if (token.error().code == "SlowDownException") interval += std::chrono::seconds(5);
        if (token.error().code == "AccessDeniedException")
            return Error{Fault::denied, "it was denied on the page"};
        const bool waits = token.error().code == "AuthorizationPendingException" ||
                           token.error().code == "SlowDownException";
        if (!waits) return token;
    }
    return nobody_answered();
}

namespace {

// The server is whoever it is: what it says becomes settings.
bool is_account(std::string_view text) {
    constexpr std::size_t digits = 12;
    return text.size() == digits && text.find_first_not_of("0123456789") == std::string_view::npos;
}
bool is_role(std::string_view text) {
    constexpr std::size_t length_max = 64;
    constexpr std::string_view allowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+=,.@-";
    return !text.empty() && text.size() <= length_max &&
           text.find_first_not_of(allowed) == std::string_view::npos;
}

Result<json::value> ask_portal(const SignInTarget& target, const SsoToken& token, const std::string& method,
                               const std::string& path) {
    http::Request request{method, path, {}, "", ""};
    request.headers.emplace_back("x-amz-sso_bearer_token", std::string(token.access_token.reveal()));
    return unsigned_document(api(target), std::move(request));
}

}  // namespace

Result<std::vector<PortalRole>> portal_roles(const SignInTarget& target, const SsoToken& token) {
    std::vector<PortalRole> roles;
    const json::value accounts = TRY(ask_portal(target, token, "GET", "/assignment/accounts"));
    for (const json::value& account : list_in(accounts, "accountList")) {
        const std::string id = text_in(account, "accountId");
        if (!is_account(id)) continue;
        const json::value answer = TRY(
            ask_portal(target, token, "GET", "/assignment/roles?account_id=" + formats::percent_encode(id)));
        for (const json::value& role : list_in(answer, "roleList"))
            if (is_role(text_in(role, "roleName")))
                roles.push_back({id, text_in(account, "accountName"), text_in(role, "roleName")});
    }
    return roles;
}

Result<void> sign_out(const SignInTarget& target, const SsoToken& token) {
    TRY(ask_portal(target, token, "POST", "/logout"));
    return {};
}

}  // namespace countersign::client
