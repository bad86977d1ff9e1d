#include "services/admin/explain_federation.h"

#include <algorithm>

#include "federation/saml.h"
#include "model/arn.h"
#include "services/admin/federation_words.h"

namespace countersign::admin {

using gateway::Call;

namespace {

using FederationQuestion = api::ExplainFederationRequest;
using FederationAnswer = api::ExplainFederationResponse;

constexpr std::string_view assumed_session_name = "explained";

// Base64 of what begins with '<'.
bool is_base64_of_xml(std::string_view text) {
    return text.size() > 1 && text[0] == 'P' && text[1] >= 'A' && text[1] <= 'P';
}

// What a person may have at hand: a JSON Web Token has dots, which base64 has not.
VouchedBy kind_of(const FederationQuestion& input) {
    const std::string& token = *input.Token;
    if (federation::is_caller_identity_token(token)) return VouchedBy::aws;
    if (input.ProviderArn || token.starts_with('<')) return VouchedBy::saml;
    const bool has_dots = token.find('.') != std::string::npos;
    return is_base64_of_xml(token) && !has_dots ? VouchedBy::saml : VouchedBy::oidc;
}

// The provider that the question names; else the one that the assertion offers the role with.
std::string saml_provider(const FederationQuestion& input, std::string_view token) {
    if (input.ProviderArn) return *input.ProviderArn;
    const auto claimed = federation::unverified_assertion(token);
    if (!claimed) return {};
    const auto offer = std::ranges::find(claimed->roles, *input.RoleArn, &federation::RoleOffer::role_arn);
    if (offer != claimed->roles.end()) return offer->provider_arn;
    return claimed->roles.empty() ? std::string() : claimed->roles.front().provider_arn;
}

Result<void> judge_asked(const Deps& deps, const Call& call, const FederationQuestion& input,
                         const Told& told, sts::Judgement& found) {
    if (told.kind == VouchedBy::saml) {
        sts::api::AssumeRoleWithSAMLRequest asked;
        asked.RoleArn = *input.RoleArn;
        asked.PrincipalArn = saml_provider(input, told.token);
        asked.SAMLAssertion = told.token;
        return sts::judge_saml(*deps.sts, call, asked, found);
    }
    sts::api::AssumeRoleWithWebIdentityRequest asked;
    asked.RoleArn = *input.RoleArn;
    asked.RoleSessionName = input.RoleSessionName.value_or(std::string(assumed_session_name));
    asked.WebIdentityToken = told.token;
    return sts::judge_web_identity(*deps.sts, call, asked, found);
}

std::string_view action_of(VouchedBy kind) {
    return kind == VouchedBy::saml ? "sts:AssumeRoleWithSAML" : "sts:AssumeRoleWithWebIdentity";
}

std::vector<AskedRight> asked_rights(const Call& call, const Told& told) {
    std::vector<AskedRight> rights;
    const sts::Judgement& found = told.found;
    if (!found.progress.has_begun(federation::Check::policy)) return rights;
    policy::PolicySet policies;
    policies.resource.push_back(found.wanted.role->trust);
    for (policy::Request& request :
         sts::trust_requests(call, action_of(told.kind), *found.caller, found.wanted, found.session)) {
        policy::Explanation explanation = policy::explain(policies, request);
        std::erase_if(explanation.kinds,
                      [](const policy::KindTrail& trail) { return trail.kind != policy::Kind::resource; });
        rights.push_back({std::move(request), std::move(explanation)});
    }
    return rights;
}

api::Check check_of(federation::Check check, const Told& told) {
    api::Check shown;
    shown.Name = std::string(federation::name_of(check));
    const bool failed = told.refusal != nullptr && told.found.progress.at() == check;
    const bool reached = told.found.progress.has_begun(check);
    shown.Outcome = failed ? "failed" : reached ? "passed" : "notReached";
    if (reached) shown.Detail = detail_of(check, told);
    return shown;
}

FederationAnswer answer_of(const Told& told) {
    FederationAnswer answer;
    answer.Allowed = told.refusal == nullptr;
    answer.Kind = std::string(words_for(told.kind));
    if (told.refusal != nullptr) {
        answer.Code = told.refusal->code;
        answer.Message = told.refusal->message;
    }
    for (std::size_t index = 0; index < federation::check_names.size(); ++index)
        answer.Checks.push_back(check_of(static_cast<federation::Check>(index), told));
    answer.Claims = formats::json::serialize(told.claimed.shown);
    answer.Verified = told.found.progress.has_passed(federation::Check::signature);
    answer.ProviderArn = told.found.provider_arn;
    answer.Hint = hint_of(told);
    answer.Trail = formats::json::serialize(trail_of(told.rights));
    return answer;
}

}  // namespace

std::vector<std::string> role_asked(const Call&, const FederationQuestion& input) {
    return {*input.RoleArn};
}

Result<FederationAnswer> explain_federation(const Deps& deps, const Call& call,
                                            const FederationQuestion& input) {
    const auto role = model::parse_arn(*input.RoleArn);
    if (!role || role->account != call.account())
        return Error{Fault::invalid, "RoleArn must name a role of your account: its trust policy is shown.",
                     "InvalidInput"};
    if (!deps.sts) return Error{Fault::unavailable, "This server judges no federated calls."};
    const std::string& token = *input.Token;
    const VouchedBy kind = kind_of(input);
    const Claimed claimed = claims_of(kind, token);
    sts::Judgement found;
    Told told{kind, *input.RoleArn, token, claimed, found, nullptr, {}};
    Call judged = call;  // what it keeps belongs to no record of this call
    judged.denial = nullptr;
    judged.federated = nullptr;
    const Result<void> done = judge_asked(deps, judged, input, told, found);
    if (!done && call.awaited != nullptr && *call.awaited) return done.error();
    if (!done) told.refusal = &done.error();
    told.rights = asked_rights(call, told);
    return answer_of(told);
}

}  // namespace countersign::admin
