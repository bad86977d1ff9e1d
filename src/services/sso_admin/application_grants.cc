// Operations on the grants of an application: in which ways it gets tokens.
#include <algorithm>

#include "base/text.h"
#include "identity_center/client_registration.h"
#include "services/sso_admin/applications.h"

namespace countersign::sso_admin {

namespace ic = identity_center;

namespace {

constexpr std::size_t uri_bytes_max = 512;

api::Grant grant_shown(const model::Application& app, const std::string& type) {
    api::Grant grant;
    if (type == ic::code_grant) grant.AuthorizationCode.emplace().RedirectUris = app.redirect_uris;
    if (type == ic::refresh_grant) grant.RefreshToken.emplace();
    if (type == ic::token_exchange_grant) grant.TokenExchange.emplace();
    if (type != ic::jwt_bearer_grant) return grant;
    auto& issuers = grant.JwtBearer.emplace().AuthorizedTokenIssuers.emplace();
    for (const model::AuthorizedIssuer& one : app.token_issuers) {
        api::AuthorizedTokenIssuer& shown = issuers.emplace_back();
        shown.TrustedTokenIssuerArn = one.issuer;
        shown.AuthorizedAudiences = one.audiences;
    }
    return grant;
}

// https:// and a host with or without a port.
bool has_plain_host(std::string_view uri) {
    constexpr std::string_view scheme = "https://";
    constexpr std::string_view of_hosts = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-";
    if (!uri.starts_with(scheme)) return false;
    const std::string_view rest = uri.substr(scheme.size());
    const std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
    const std::string_view host = authority.substr(0, authority.find(':'));
    const std::string_view port = authority.substr(host.size());
    return !host.empty() && host.find_first_not_of(of_hosts) == std::string_view::npos &&
           port.find_first_not_of(":0123456789") == std::string_view::npos;
}

// Elsewhere a code would pass through the network in the open. The page's rules for browsers name the origin,
// so nothing that ends it there is taken.
Result<void> check_redirect_uri(const std::string& uri) {
    const bool fits = uri.size() <= uri_bytes_max && uri.find_first_of("#;, '\"<>\\@") == std::string::npos &&
                      (has_plain_host(uri) || ic::is_loopback_uri(uri));
    if (fits && printable(uri, uri_bytes_max) == uri) return {};
    return invalid(
        "A redirect URI begins with https://, or leads to a loopback address, and has no fragment, user, "
        "quotes, commas or semicolons");
}

Result<void> take_redirect_uris(const api::Grant& grant, model::Application& app) {
    if (!grant.AuthorizationCode || !grant.AuthorizationCode->RedirectUris)
        return invalid("AuthorizationCode needs RedirectUris");
    app.redirect_uris = *grant.AuthorizationCode->RedirectUris;
    for (const std::string& uri : app.redirect_uris) TRY(check_redirect_uri(uri));
    return {};
}

Result<void> take_issuers(const Deps& deps, const api::Grant& grant, FoundApplication& found) {
    if (!grant.JwtBearer || !grant.JwtBearer->AuthorizedTokenIssuers)
        return invalid("JwtBearer needs AuthorizedTokenIssuers");
    std::vector<model::AuthorizedIssuer> issuers;
    for (const api::AuthorizedTokenIssuer& given : *grant.JwtBearer->AuthorizedTokenIssuers) {
        const std::string arn = given.TrustedTokenIssuerArn.value_or("");
        const auto there = TRY(ic::find_token_issuer(deps.store, found.instance, arn));
        if (!there)
            return not_found("Could not find the trusted token issuer " +
                             printable(arn, store::key_bytes_max));
        if (!given.AuthorizedAudiences || given.AuthorizedAudiences->empty())
            return invalid("An authorized token issuer needs AuthorizedAudiences");
        issuers.push_back({arn, *given.AuthorizedAudiences});
    }
    found.application.record.token_issuers = std::move(issuers);
    return {};
}

Error no_grant() {
    return not_found("The application has no such grant");
}

}  // namespace

Result<Nothing> put_application_grant(const Deps& deps, const Call& call,
                                      const api::PutApplicationGrantRequest& input) {
    const std::string& type = *input.GrantType;
    const api::Grant grant = input.Grant.value_or(api::Grant());
    const auto put = [&](FoundApplication& found) -> Result<void> {
        model::Application& app = found.application.record;
        if (type == ic::code_grant) TRY(take_redirect_uris(grant, app));
        if (type == ic::jwt_bearer_grant) TRY(take_issuers(deps, grant, found));
        if (!ic::has_grant(app, type)) app.grant_types.push_back(type);
        return {};
    };
    TRY(change_application(deps, call, *input.ApplicationArn, put));
    return Nothing{};
}

Result<Nothing> delete_application_grant(const Deps& deps, const Call& call,
                                         const api::DeleteApplicationGrantRequest& input) {
    const auto remove = [&](FoundApplication& found) -> Result<void> {
        model::Application& app = found.application.record;
        if (std::erase(app.grant_types, *input.GrantType) == 0) return no_grant();
        if (*input.GrantType == ic::code_grant) app.redirect_uris.clear();
        if (*input.GrantType == ic::jwt_bearer_grant) app.token_issuers.clear();
        return {};
    };
    TRY(change_application(deps, call, *input.ApplicationArn, remove));
    return Nothing{};
}

Result<api::GetApplicationGrantResponse> get_application_grant(const Deps& deps, const Call& call,
                                                               const api::GetApplicationGrantRequest& input) {
    const FoundApplication found = TRY(application_of(deps.store, call, *input.ApplicationArn));
    const model::Application& app = found.application.record;
    if (!ic::has_grant(app, *input.GrantType)) return no_grant();
    return api::GetApplicationGrantResponse{grant_shown(app, *input.GrantType)};
}

Result<api::ListApplicationGrantsResponse> list_application_grants(
    const Deps& deps, const Call& call, const api::ListApplicationGrantsRequest& input) {
    const FoundApplication found = TRY(application_of(deps.store, call, *input.ApplicationArn));
    api::ListApplicationGrantsResponse answer;
    for (const std::string& type : found.application.record.grant_types)
        answer.Grants.push_back({type, grant_shown(found.application.record, type)});
    return answer;
}

}  // namespace countersign::sso_admin
