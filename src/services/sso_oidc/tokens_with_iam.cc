// CreateTokenWithIAM: an application, which an identity of IAM proves, gets tokens for a person: for a code
// of a redirection, a refresh token, a token of an issuer that it trusts, or another application's token.
#include <algorithm>

#include "base/text.h"
#include "gateway/published_keys.h"
#include "identity_center/client_registration.h"
#include "identity_center/identity_context.h"
#include "identity_center/token_exchange.h"
#include "model/keys.h"
#include "policy/explain.h"
#include "services/sso_oidc/operations.h"

namespace countersign::sso_oidc {

namespace {

namespace ic = identity_center;
using ic::FoundApplication;
using Scopes = std::vector<std::string>;
using Request = api::CreateTokenWithIAMRequest;
using Answer = api::CreateTokenWithIAMResponse;

constexpr std::string_view iam_action = "sso-oauth:CreateTokenWithIAM";
constexpr std::string_view access_token_type = "urn:ietf:params:oauth:token-type:access_token";
constexpr std::string_view refresh_token_type = "urn:ietf:params:oauth:token-type:refresh_token";

Error refused_grant(std::string message) {
    return oidc_error(Fault::denied, "InvalidGrantException", std::move(message));
}

Error refused_scope() {
    return oidc_error(Fault::invalid, "InvalidScopeException",
                      "The application does not have a scope that is asked for");
}

Error needed(std::string_view member, const Request& input) {
    return oidc_error(Fault::invalid, "InvalidRequestException",
                      std::string(member) + " is needed for the grant type " + *input.grantType);
}

// Whatever is wrong with a token, a code or an assertion is told by one code; other faults are told as they
// are.
template <class Value>
Result<Value> or_refused(Result<Value> result) {
    if (result || (result.error().fault != Fault::denied && result.error().fault != Fault::unauthenticated))
        return result;
    return refused_grant(result.error().message);
}

Scopes all_scopes(const model::Application& app) {
    Scopes scopes(ic::default_scopes.begin(), ic::default_scopes.end());
    for (const model::AccessScope& one : app.scopes) scopes.push_back(one.scope);
    return scopes;
}

bool holds(const Scopes& scopes, std::string_view scope) {
    return std::ranges::find(scopes, scope) != scopes.end();
}

// Those that are asked for, each once; all that the application has where none is.
Result<Scopes> scopes_for(const model::Application& app, const Request& input) {
    Scopes all = all_scopes(app);
    if (!input.scope) return all;
    for (const std::string& scope : *input.scope)
        if (!holds(all, scope)) return refused_scope();
    std::erase_if(all, [&](const std::string& scope) { return !holds(*input.scope, scope); });
    return all;
}

// The application's own policy has to name the caller, and no policy of the caller's may forbid it.
Result<void> authorize_actor(const Call& call, const FoundApplication& found, const std::string& arn) {
    const auto document = policy::parse_lenient(found.application.record.actor_policy, policy::Form::bound);
    std::vector<policy::Policy> actors;
    if (document) actors.push_back({"application/" + found.application.record.id, *document});
    access::Denial told = call.access.explain(call.caller, {iam_action, arn, call.context, actors}, call.now);
    const bool named = !actors.empty() && policy::allows_by_itself(actors.front(), told.request);
    if (named && told.explanation.decision.allowed()) return {};
    if (told.explanation.decision.allowed())
        told.explanation.decision = policy::Decision::not_allowed_by(policy::Kind::resource);
    gateway::keep_denial(call, std::move(told));
    return oidc_error(Fault::denied, "AccessDeniedException",
                      call.caller.principal().arn + " is not authorized to perform " +
                          std::string(iam_action) + " for this application");
}

Result<FoundApplication> application_for(const Deps& deps, const Call& call, const std::string& arn) {
    auto found = TRY(ic::find_application(deps.store, arn));
    if (!found || found->instance.account != call.account())
        return oidc_error(Fault::unauthenticated, "InvalidClientException",
                          "clientId is the ARN of an application of your account");
    return *std::move(found);
}

// Asked whenever tokens are given, so that nobody keeps what they were taken.
Result<void> check_person(const Deps& deps, const FoundApplication& found, const std::string& user) {
    const bool may = TRY(
        ic::may_use_application(deps.store, found.instance.identity_store, found.application.record, user));
    if (may) return {};
    return oidc_error(Fault::denied, "AccessDeniedException",
                      "The application is disabled, or not assigned to this person");
}

ic::Client client_of(const FoundApplication& found, const Request& input, Scopes scopes) {
    const model::Application& app = found.application.record;
    return {ic::client_digest(*input.clientId), app.name, ic::has_grant(app, ic::refresh_grant), app.id,
            std::move(scopes)};
}

Result<ic::IssuedTokens> begin(const Deps& deps, const Call& call, const FoundApplication& found,
                               const ic::Person& person, const Request& input) {
    Scopes scopes = TRY(scopes_for(found.application.record, input));
    TRY(check_person(deps, found, person.user));
    return or_refused(ic::begin_session(deps.store, deps.random, person,
                                        client_of(found, input, std::move(scopes)), call.now));
}

Result<ic::IssuedTokens> for_code(const Deps& deps, const Call& call, const FoundApplication& found,
                                  const Request& input) {
    if (!input.code || !input.redirectUri || !input.codeVerifier)
        return needed("code, redirectUri and codeVerifier each", input);
    const auto grant = deps.grants.take_code(*input.code, ic::client_digest(*input.clientId),
                                             *input.redirectUri, *input.codeVerifier, call.now);
    if (!grant) return refused_grant("The code is not valid, or not any more; begin anew");
    return begin(deps, call, found, grant->person, input);
}

Result<ic::IssuedTokens> for_refresh_token(const Deps& deps, const Call& call, const FoundApplication& found,
                                           const Request& input) {
    if (!input.refreshToken) return needed("refreshToken", input);
    const std::string client = ic::client_digest(*input.clientId);
    auto renewed =
        ic::renew_session(deps.store, deps.random, {*input.refreshToken, client, input.scope}, call.now);
    if (!renewed && renewed.error().fault == Fault::invalid) return refused_scope();
    ic::IssuedTokens issued = TRY(or_refused(std::move(renewed)));
    const auto may = check_person(deps, found, issued.session.user);
    if (may) return issued;
    if (may.error().fault != Fault::denied) return may.error();
    const auto session = TRY(ic::find_session(deps.store, std::string(issued.access.reveal()), call.now));
    TRY(ic::end_session(deps.store, session));
    return may.error();
}

// An issuer whose certificate is of an authority that this machine does not know is known by the thumbprints
// with which the account registered it.
Result<federation::Provider> provider_of(const Deps& deps, const std::string& account,
                                         const std::string& url) {
    constexpr std::string_view scheme = "https://";
    const auto registered = TRY(store::load<model::OidcProvider>(
        deps.store, model::keys::oidc_provider(account, url.substr(scheme.size()))));
    return federation::Provider{url, registered ? registered->record.thumbprints : std::vector<std::string>(),
                                account};
}

Result<ic::IssuedTokens> for_assertion(const Deps& deps, const Call& call, const FoundApplication& found,
                                       const Request& input) {
    if (!input.assertion) return needed("assertion", input);
    const auto origin = federation::unverified_origin(*input.assertion);
    if (!origin) return refused_grant(origin.error().message);
    const ic::IssuerMatch match = TRY(or_refused(ic::issuer_for(deps.store, found, origin->claimed_issuer)));
    const std::string& url = match.issuer.url;
    const federation::Provider provider = TRY(provider_of(deps, found.instance.account, url));
    const auto keys = gateway::published_keys(deps.provider_keys, call, provider, origin->claimed_key_id);
    if (!keys) return refused_grant(keys.error().message);
    const auto token = federation::verify_jwt(
        *input.assertion, **keys, {url, {match.audiences.begin(), match.audiences.end()}, call.now});
    if (!token) return refused_grant(token.error().message);
    const std::string& identity_store = found.instance.identity_store;
    const ic::Person person =
        TRY(or_refused(ic::person_of(deps.store, identity_store, match.issuer, *token)));
    TRY(or_refused(ic::take_token(deps.store, identity_store, *input.assertion, token->expires(), call.now)));
    return begin(deps, call, found, person, input);
}

// Whether a token of that session is meant for this application too: one of its scopes names it as a target.
Result<bool> is_meant_for(const Deps& deps, const model::SsoSession& session, const FoundApplication& found,
                          const std::string& arn) {
    if (session.application.empty() || session.application == found.application.record.id) return false;
    const auto other =
        TRY(ic::find_application(deps.store, ic::application_arn(found.instance, session.application)));
    if (!other) return false;
    const bool may = TRY(ic::may_use_application(deps.store, found.instance.identity_store,
                                                 other->application.record, session.user));
    if (!may) return false;
    return std::ranges::any_of(other->application.record.scopes, [&](const model::AccessScope& one) {
        return holds(session.scopes, one.scope) && holds(one.targets, arn);
    });
}

Result<ic::IssuedTokens> for_subject_token(const Deps& deps, const Call& call, const FoundApplication& found,
                                           const Request& input) {
    if (!input.subjectToken || input.subjectTokenType != access_token_type)
        return needed("subjectToken, an access token, with its subjectTokenType", input);
    const std::string wanted = input.requestedTokenType.value_or(std::string(access_token_type));
    if (wanted != access_token_type && wanted != refresh_token_type)
        return needed("a requestedTokenType of an access token or a refresh token", input);
    const auto subject = TRY(or_refused(ic::find_session(deps.store, *input.subjectToken, call.now)));
    const bool meant = TRY(is_meant_for(deps, subject.record, found, *input.clientId));
    const bool ours = subject.record.user.starts_with(found.instance.identity_store.substr(2));
    if (!meant || !ours) return refused_grant("The token is not meant for this application");
    const model::SsoSession& session = subject.record;
    return begin(deps, call, found, {session.user, session.standing, session.mfa_time, session.ends}, input);
}

std::optional<std::string> identity_context(const Deps& deps, const FoundApplication& found,
                                            const ic::IssuedTokens& issued, const std::string& arn) {
    if (!holds(issued.session.scopes, "sts:identity_context")) return std::nullopt;
    return ic::seal_identity_context(
        {issued.session.user, issued.session.id, arn, ic::instance_arn(found.instance),
         ic::identity_store_arn(found.instance), issued.session.standing, issued.access_ends},
        deps.sealing, deps.random);
}

Result<ic::IssuedTokens> issue(const Deps& deps, const Call& call, const FoundApplication& found,
                               const Request& input) {
    const std::string& grant = *input.grantType;
    if (grant == ic::code_grant) return for_code(deps, call, found, input);
    if (grant == ic::refresh_grant) return for_refresh_token(deps, call, found, input);
    if (grant == ic::jwt_bearer_grant) return for_assertion(deps, call, found, input);
    if (grant == ic::token_exchange_grant) return for_subject_token(deps, call, found, input);
    return oidc_error(Fault::invalid, "UnsupportedGrantTypeException",
                      "The grant type " + printable(grant, 256) + " is not offered");
}

}  // namespace

Result<Answer> create_token_with_iam(const Deps& deps, const Call& call, const Request& input) {
    const FoundApplication found = TRY(application_for(deps, call, *input.clientId));
    TRY(authorize_actor(call, found, *input.clientId));
    if (!ic::has_grant(found.application.record, *input.grantType))
        return oidc_error(Fault::denied, "UnauthorizedClientException",
                          "The application does not have this grant; put-application-grant gives it");
    const ic::IssuedTokens issued = TRY(issue(deps, call, found, input));
    Answer answer;
    answer.accessToken = std::string(issued.access.reveal());
    answer.tokenType = "Bearer";
    answer.expiresIn = std::chrono::floor<std::chrono::seconds>(issued.access_ends - call.now).count();
    if (issued.refresh) answer.refreshToken = std::string(issued.refresh->reveal());
    answer.issuedTokenType = access_token_type;
    answer.scope = issued.session.scopes;
    if (auto context = identity_context(deps, found, issued, *input.clientId))
        answer.awsAdditionalDetails.emplace().identityContext = *std::move(context);
    return answer;
}

}  // namespace countersign::sso_oidc
