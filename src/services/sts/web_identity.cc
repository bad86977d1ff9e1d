// AssumeRoleWithWebIdentity: a token of an OpenID Connect provider that the role's account knows stands for
// the caller. Source: STS API Reference; IAM User Guide, "Available keys for AWS OIDC federation".
#include <array>

#include "base/text.h"
#include "federation/caller_identity.h"
#include "federation/errors.h"
#include "federation/jwt.h"
#include "gateway/published_keys.h"
#include "model/arn.h"
#include "model/keys.h"
#include "services/sts/federated.h"
#include "services/sts/judgement.h"
#include "services/sts/operations.h"
#include "services/sts/role_session.h"
#include "store/records.h"

namespace countersign::sts {

using federation::Check;

namespace {

constexpr std::string_view scheme = "https://";
constexpr std::string_view web_identity_action = "sts:AssumeRoleWithWebIdentity";
constexpr std::size_t issuer_bytes_shown_max = 255;

Result<RegisteredOidcProvider> find_oidc_provider(store::Store& store, const std::string& account,
                                                  const std::string& issuer) {
    const std::string url = issuer.starts_with(scheme) ? issuer.substr(scheme.size()) : std::string();
    std::optional<store::Stored<model::OidcProvider>> stored;
    if (!account.empty() && !url.empty())
        stored = TRY(store::load<model::OidcProvider>(store, model::keys::oidc_provider(account, url)));
    if (!stored)
        return federation::invalid_token("No OpenIDConnect provider found in your account for " +
                                         printable(issuer, issuer_bytes_shown_max));
    return RegisteredOidcProvider{account, std::move(stored->record),
                                  model::iam_arn(account, "oidc-provider/" + url)};
}

Result<federation::VerifiedToken> verified(const Deps& deps, const Call& call,
                                           const RegisteredOidcProvider& provider, const std::string& token,
                                           federation::Progress& progress) {
    if (provider.record.url == federation::aws_identity_provider)
        return federation::invalid_token(
            "The provider sts.amazonaws.com stands for AWS, which signs no tokens");
    const federation::UnverifiedOrigin origin = TRY(federation::unverified_origin(token));
    const std::string url = std::string(scheme) + provider.record.url;
    progress.begin(Check::keys);
    const auto keys = TRY(gateway::published_keys(deps.provider_keys, call,
                                                  {url, provider.record.thumbprints, provider.account},
                                                  origin.claimed_key_id));
    const std::vector<std::string>& clients = provider.record.client_ids;
    return federation::verify_jwt(token, *keys, {url, {clients.begin(), clients.end()}, call.now, &progress});
}

// Claims that some providers' tokens have beyond the common ones, and that AWS makes keys of.
constexpr std::string_view github = "token.actions.githubusercontent.com";
constexpr std::array<std::string_view, 9> github_claims = {
    "actor",      "actor_id",      "enterprise_id", "environment", "job_workflow_ref",
    "repository", "repository_id", "ref",           "workflow"};

void add_claim(const federation::VerifiedToken& token, const std::string& prefix, std::string_view claim,
               policy::Context& context) {
    const auto found = token.claims().find(std::string(claim));
    if (found != token.claims().end()) context[prefix + std::string(claim)] = found->second;
}

policy::Context token_keys(const federation::VerifiedToken& token, const std::string& provider_url) {
    const std::string prefix = lower(provider_url) + ':';
    policy::Context context;
    context[prefix + "aud"] = {token.audience()};
    context[prefix + "oaud"] = token.original_audiences();
    context[prefix + "sub"] = {token.subject()};
    if (!token.methods().empty()) context[prefix + "amr"] = token.methods();
    add_claim(token, prefix, "email", context);
    if (provider_url == github)
        for (const std::string_view claim : github_claims) add_claim(token, prefix, claim, context);
    return context;
}

Result<VouchedIdentity> identity_of_token(const Deps& deps, const Call& call,
                                          const RegisteredOidcProvider& provider, const std::string& text,
                                          federation::Progress& progress) {
    const federation::VerifiedToken token = TRY(verified(deps, call, provider, text, progress));
    return VouchedIdentity{token.subject(), token.audience(), token_keys(token, provider.record.url),
                           token.session(), std::nullopt};
}

// Everybody with an account of AWS is vouched for: a trust policy that would admit a caller of whom AWS said
// nothing asks for nobody, and admits nobody.
Result<void> check_somebody_is_named(const Call& call, const Federated& caller, const WantedRole& wanted,
                                     const access::Session& session) {
    Federated nobody = caller;
    for (const std::string_view key : {"sub", "arn", "account", "userid"})
        nobody.context.erase(std::string(federation::aws_identity_provider) + ':' + std::string(key));
    if (!authorize_federated(call, web_identity_action, nobody, wanted, session)) return {};
    return access_denied("Not authorized to perform " + std::string(web_identity_action));
}

Result<std::string> issuer_of(const std::string& token) {
    if (!federation::is_caller_identity_token(token)) return federation::claimed_issuer(token);
    return std::string(scheme) + std::string(federation::aws_identity_provider);
}

}  // namespace

Result<void> judge_web_identity(const Deps& deps, const Call& call,
                                const api::AssumeRoleWithWebIdentityRequest& input, Judgement& found) {
    federation::Progress& progress = found.progress;
    TRY(check_request_arn(*input.RoleArn));
    const std::string& token = *input.WebIdentityToken;
    TRY(keep_claimed(deps, call, *input.RoleArn, ""));
    const std::string issuer = TRY(issuer_of(token));
    TRY(keep_claimed(deps, call, *input.RoleArn, issuer));
    progress.begin(Check::provider);
    const RegisteredOidcProvider provider =
        TRY(find_oidc_provider(deps.store, account_in(*input.RoleArn), issuer));
    found.provider_arn = provider.arn;
    found.client_ids = provider.record.client_ids;
    const bool of_aws = federation::is_caller_identity_token(token);
    if (of_aws) progress.begin(Check::signature);
    found.web = TRY(of_aws ? identity_of_aws(deps, call, provider, *input.RoleArn, token)
                           : identity_of_token(deps, call, provider, token, progress));
    access::Session& session = found.session;
    session.name = *input.RoleSessionName;
    session.federated_provider = provider.arn;
    session.context = found.web->keys;
    take_policies(input, session);
    Federated& caller = found.caller.emplace(
        Federated{provider.arn, found.web->subject, found.web->audience, session.context});
    caller.context["aws:federatedprovider"] = {provider.arn};
    keep_proven(call, *input.RoleArn, caller);
    progress.begin(Check::session);
    TRY(take_context(found.web->session, session));
    TRY(find_role(deps, *input.RoleArn, found));
    if (of_aws) TRY(check_somebody_is_named(call, caller, found.wanted, session));
    TRY(authorize_federated(call, web_identity_action, caller, found.wanted, session));
    act_as(*found.wanted.role, session);
    progress.begin(Check::limits);
    found.duration = TRY(role_duration(found.wanted.role->record, input.DurationSeconds, false));
    found.packed = TRY(measure(deps.store, session));
    return {};
}

Result<api::AssumeRoleWithWebIdentityResponse> assume_role_with_web_identity(
    const Deps& deps, const Call& call, const api::AssumeRoleWithWebIdentityRequest& input) {
    Judgement found;
    TRY(judge_web_identity(deps, call, input, found));
    TRY(claim(deps.store, *found.web));
    auto answer = begin_role_session<api::AssumeRoleWithWebIdentityResponse>(
        deps, found.session, found.packed, call.now, found.duration);
    answer.SubjectFromWebIdentityToken = found.web->subject;
    answer.Audience = found.web->audience;
    answer.Provider = found.provider_arn;
    return answer;
}

}  // namespace countersign::sts
