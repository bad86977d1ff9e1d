#include <fmt/format.h>

#include "client/credentials/documents.h"
#include "client/credentials/endpoints.h"
#include "client/credentials/sources.h"
#include "formats/json.h"
#include "formats/uri.h"
#include "http/client.h"

namespace countersign::client {

namespace {

constexpr auto portal_patience = std::chrono::seconds(30);

struct SsoProfile {
    std::string name;
    std::string account;
    std::string role;
    std::string session;  // empty: a profile of the older form, with a start URL of its own
    std::string start_url;
    std::string region;
};

std::string sign_in_hint(const SsoProfile& sso) {
    return "run: aws sso login --profile " + sso.name;
}

Error sign_in_ended(const SsoProfile& sso) {
    return Error{Fault::unauthenticated,
                 "The SSO session associated with this profile has expired or is otherwise "
                 "invalid; " +
                     sign_in_hint(sso)};
}

std::string setting_in(const AwsConfig::Section& section, const std::string& name) {
    const auto found = section.find(name);
    return found == section.end() ? std::string() : found->second;
}

// What the profile and the session that it names both say must be the same.
Result<std::string> agreed(const Search& search, const SsoProfile& sso, const AwsConfig::Section* section,
                           const std::string& name) {
    const std::string own = search.profiles.get(sso.name, name);
    const std::string common = section != nullptr ? setting_in(*section, name) : "";
    if (!own.empty() && !common.empty() && own != common)
        return Error{
            Fault::invalid,
            fmt::format("The value for {} is inconsistent between profile ({}) and sso-session ({}).", name,
                        own, common)};
    return common.empty() ? own : common;
}

Result<SsoProfile> read_sso(const Search& search, const std::string& profile) {
    SsoProfile sso{profile, {}, {}, search.profiles.get(profile, "sso_session"), {}, {}};
    const AwsConfig::Section* section =
        sso.session.empty() ? nullptr : search.profiles.sso_session(sso.session);
    if (!sso.session.empty() && section == nullptr)
        return Error{Fault::invalid,
                     fmt::format("The specified sso-session does not exist: \"{}\"", sso.session)};
    const std::pair<const char*, std::string*> required[] = {{"sso_role_name", &sso.role},
                                                             {"sso_account_id", &sso.account},
                                                             {"sso_start_url", &sso.start_url},
                                                             {"sso_region", &sso.region}};
    std::string missing;
    for (const auto& [name, value] : required) {
        *value = TRY(agreed(search, sso, section, name));
        if (value->empty()) missing += (missing.empty() ? "" : ", ") + std::string(name);
    }
    if (missing.empty()) return sso;
    return Error{
        Fault::invalid,
        fmt::format("The profile \"{}\" is configured to use SSO but is missing required configuration: {}",
                    profile, missing)};
}

bool can_refresh(const SsoToken& token, Instant now) {
    const auto registration_end = parse_expiration(token.registration_expires_at);
    return !token.refresh_token.empty() && !token.client_id.empty() && !token.client_secret.empty() &&
           registration_end && *registration_end > now;
}

// CreateToken of sso-oidc. Nothing when it is refused: the old token may still be good.
std::optional<SsoToken> refreshed(const Search& search, const SsoProfile& sso, const SsoToken& old) {
    const auto endpoint = endpoint_of(search, "SSO_OIDC", sso.start_url);
    if (!endpoint) return std::nullopt;
    const formats::json::object document{{"grantType", "refresh_token"},
                                         {"clientId", old.client_id},
                                         {"clientSecret", old.client_secret.reveal()},
                                         {"refreshToken", old.refresh_token.reveal()}};
    const http::Request request{"POST",
                                "/token",
                                {{"Content-Type", "application/json"}, {"Accept", "application/json"}},
                                formats::json::serialize(document),
                                ""};
    const auto answer = http::fetch(endpoint->url, request, portal_patience, endpoint->ca_bundle);
    if (!answer || answer->status != 200) return std::nullopt;
    std::optional<SsoToken> token = parse_created_token(answer->body, search.now);
    if (!token) return std::nullopt;
    token->start_url = sso.start_url;
    token->region = sso.region;
    token->client_id = old.client_id;
    token->client_secret = old.client_secret;
    token->registration_expires_at = old.registration_expires_at;
    return token;
}

Result<SsoToken> signed_in(const Search& search, const SsoProfile& sso) {
    const FileCache cache = search.sign_in_cache();
    const std::string& name = sso.session.empty() ? sso.start_url : sso.session;
    const std::string key = sso_token_cache_key(name);
    const auto text = cache.read(key);
    if (!text && text.error().fault != Fault::not_found) return text.error();
    if (!text)
        return Error{
            Fault::unauthenticated,
            fmt::format("Error loading SSO Token: Token for {} does not exist; {}", name, sign_in_hint(sso))};
    std::optional<SsoToken> token = parse_sso_token(*text);
    if (!token)
        return Error{
            Fault::unauthenticated,
            fmt::format("Error loading SSO Token: Token for {} is invalid; {}", name, sign_in_hint(sso))};
    const bool is_ending = token->expires_at - search.now < refreshed_before_end;
    if (!sso.session.empty() && is_ending && can_refresh(*token, search.now))
        if (auto fresh = refreshed(search, sso, *token)) {
            static_cast<void>(cache.write(key, sso_token_text(*fresh)));
            token = std::move(fresh);
        }
    if (token->expires_at > search.now) return *std::move(token);
    if (sso.session.empty()) return sign_in_ended(sso);
    return Error{
        Fault::unauthenticated,
        "Error when retrieving token from sso: Token has expired and refresh failed; " + sign_in_hint(sso)};
}

Result<FoundCredentials> portal_credentials(const Search& search, const SsoProfile& sso) {
    const SsoToken token = TRY(signed_in(search, sso));
    const ServiceEndpoint endpoint = TRY(endpoint_of(search, "SSO", sso.start_url));
    const http::Request request{
        "GET",
        fmt::format("/federation/credentials?role_name={}&account_id={}", formats::percent_encode(sso.role),
                    formats::percent_encode(sso.account)),
        {{"Accept", "application/json"},
         {"x-amz-sso_bearer_token", std::string(token.access_token.reveal())}},
        "",
        ""};
    const http::Response answer =
        TRY(http::fetch(endpoint.url, request, portal_patience, endpoint.ca_bundle));
    if (answer.status == 401) return sign_in_ended(sso);
    if (answer.status != 200)
        return Error{
            Fault::denied,
            fmt::format(
                "Error when retrieving credentials from sso: {} answered with status {} when asked for "
                "the role {} of the account {}; is it assigned to you?",
                endpoint.url, answer.status, sso.role, sso.account)};
    auto found = parse_role_credentials(answer.body);
    if (found) return found;
    return Error{Fault::unavailable, "Error when retrieving credentials from sso: " + found.error().message};
}

}  // namespace

Result<SourceAnswer> from_sso(const Search& search, const std::string& profile) {
    if (search.profiles.get(profile, "sso_account_id").empty() &&
        search.profiles.get(profile, "sso_role_name").empty())
        return nothing(fmt::format("the profile {} has neither sso_account_id nor sso_role_name", profile));
    const SsoProfile sso = TRY(read_sso(search, profile));
    const FileCache cache = search.session_cache();
    const std::string key = sso_role_cache_key(sso.account, sso.role, sso.session, sso.start_url);
    const std::string detail = fmt::format("{} of the account {}", sso.role, sso.account);
    if (auto kept = kept_session(cache, key, search.now)) {
        kept->detail = detail + ", kept in ~/.aws/cli/cache";
        return SourceAnswer{std::move(kept)};
    }
    FoundCredentials found = TRY(portal_credentials(search, sso));
    keep_session(cache, key, found);
    found.detail = detail;
    return SourceAnswer{std::move(found)};
}

}  // namespace countersign::client
