// AssumeRoleWithSAML: an assertion of a SAML provider that the role's account knows stands for the caller.
// Source: STS API Reference; IAM User Guide, "Available keys for SAML-based AWS STS federation".
#include <algorithm>
#include <array>

#include "federation/errors.h"
#include "federation/saml.h"
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

constexpr std::string_view saml_action = "sts:AssumeRoleWithSAML";
constexpr std::string_view provider_kind = "saml-provider/";

struct RegisteredSamlProvider {
    std::string account;
    std::string name;
    std::string arn;
    federation::Metadata metadata;
};

Result<RegisteredSamlProvider> find_saml_provider(store::Store& store, const std::string& arn, Instant now,
                                                  federation::Progress& progress) {
    progress.begin(Check::provider);
    const Error unknown = federation::invalid_token("Specified provider doesn't exist");
    RegisteredSamlProvider provider{account_in(arn), arn.substr(arn.rfind('/') + 1), arn, {}};
    if (provider.account.empty()) return unknown;
    const auto stored = TRY(
        store::load<model::SamlProvider>(store, model::keys::saml_provider(provider.account, provider.name)));
    if (!stored) return unknown;
    const std::string own_arn =
        model::iam_arn(provider.account, std::string(provider_kind) + stored->record.name);
    if (own_arn != arn) return unknown;
    progress.begin(Check::keys);
    auto metadata = federation::parse_metadata(stored->record.metadata, now);
    if (!metadata) return federation::invalid_token("The provider's metadata is no longer valid");
    provider.metadata = *std::move(metadata);
    return provider;
}

// Attributes that AWS makes keys of: the key behind "saml:", and the attribute's full name.
struct AttributeKey {
    std::string_view key;
    std::string_view attribute;
};
constexpr std::array attribute_keys{
    AttributeKey{"edupersonaffiliation", "urn:oid:1.3.6.1.4.1.5923.1.1.1.1"},
    AttributeKey{"edupersonnickname", "urn:oid:1.3.6.1.4.1.5923.1.1.1.2"},
    AttributeKey{"edupersonorgdn", "urn:oid:1.3.6.1.4.1.5923.1.1.1.3"},
    AttributeKey{"edupersonorgunitdn", "urn:oid:1.3.6.1.4.1.5923.1.1.1.4"},
    AttributeKey{"edupersonprimaryaffiliation", "urn:oid:1.3.6.1.4.1.5923.1.1.1.5"},
    AttributeKey{"edupersonprincipalname", "urn:oid:1.3.6.1.4.1.5923.1.1.1.6"},
    AttributeKey{"edupersonentitlement", "urn:oid:1.3.6.1.4.1.5923.1.1.1.7"},
    AttributeKey{"edupersonprimaryorgunitdn", "urn:oid:1.3.6.1.4.1.5923.1.1.1.8"},
    AttributeKey{"edupersonscopedaffiliation", "urn:oid:1.3.6.1.4.1.5923.1.1.1.9"},
    AttributeKey{"edupersontargetedid", "urn:oid:1.3.6.1.4.1.5923.1.1.1.10"},
    AttributeKey{"edupersonassurance", "urn:oid:1.3.6.1.4.1.5923.1.1.1.11"},
    AttributeKey{"eduorghomepageuri", "urn:oid:1.3.6.1.4.1.5923.1.2.1.2"},
    AttributeKey{"eduorgidentityauthnpolicyuri", "urn:oid:1.3.6.1.4.1.5923.1.2.1.3"},
    AttributeKey{"eduorglegalname", "urn:oid:1.3.6.1.4.1.5923.1.2.1.4"},
    AttributeKey{"eduorgsuperioruri", "urn:oid:1.3.6.1.4.1.5923.1.2.1.5"},
    AttributeKey{"eduorgwhitepagesuri", "urn:oid:1.3.6.1.4.1.5923.1.2.1.6"},
    AttributeKey{"cn", "urn:oid:2.5.4.3"},
    AttributeKey{"commonname", "http://schemas.xmlsoap.org/claims/CommonName"},
    AttributeKey{"givenname", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname"},
    AttributeKey{"givenname", "urn:oid:2.5.4.42"},
    AttributeKey{"mail", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"},
    AttributeKey{"mail", "urn:oid:0.9.2342.19200300.100.1.3"},
    AttributeKey{"name", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name"},
    AttributeKey{"organizationstatus", "urn:oid:0.9.2342.19200300.100.1.45"},
    AttributeKey{"primarygroupsid",
                 "http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid"},
    AttributeKey{"surname", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname"},
    AttributeKey{"surname", "urn:oid:2.5.4.4"},
    AttributeKey{"uid", "urn:oid:0.9.2342.19200300.100.1.1"},
    AttributeKey{"x500uniqueidentifier", "urn:oid:2.5.4.45"},
};

// The keys that policies of the role's sessions can ask for too.
policy::Context lasting_keys(const federation::VerifiedAssertion& assertion,
                             const RegisteredSamlProvider& provider) {
    policy::Context context;
    context["saml:namequalifier"] = {
        federation::name_qualifier(assertion.issuer(), provider.account, provider.name)};
    context["saml:sub"] = {assertion.subject()};
    context["saml:sub_type"] = {assertion.subject_format()};
    return context;
}

policy::Context assertion_keys(const federation::VerifiedAssertion& assertion,
                               const RegisteredSamlProvider& provider) {
    policy::Context context = lasting_keys(assertion, provider);
    context["aws:federatedprovider"] = {provider.arn};
    context["saml:aud"] = {assertion.recipient()};
    context["saml:iss"] = {assertion.issuer()};
    context["saml:doc"] = {provider.account + '/' + provider.name};
    for (const auto& [key, attribute] : attribute_keys) {
        const auto found = assertion.attributes().find(std::string(attribute));
        if (found != assertion.attributes().end()) context["saml:" + std::string(key)] = found->second;
    }
    return context;
}

// No session outlives what the identity provider said of its own.
Result<std::chrono::seconds> duration_of(const model::Role& role, const api::AssumeRoleWithSAMLRequest& input,
                                         const federation::VerifiedAssertion& assertion, Instant now) {
    const std::chrono::seconds wanted = TRY(role_duration(role, input.DurationSeconds, false));
    if (!assertion.session_ends()) return wanted;
    const auto left = std::chrono::floor<std::chrono::seconds>(*assertion.session_ends() - now);
    if (left <= std::chrono::seconds(0))
        return federation::expired_token("The session of the identity provider has ended");
    return std::min(wanted, left);
}

federation::SamlExpected expected_at(Instant now, federation::Progress& progress) {
    federation::SamlExpected expected{now, federation::aws_saml_recipients(), {}, &progress};
    expected.audiences = expected.recipients;
    expected.audiences.emplace(federation::aws_saml_audience);
    return expected;
}

void describe(const federation::VerifiedAssertion& assertion, const access::Session& session,
              api::AssumeRoleWithSAMLResponse& answer) {
    answer.Subject = assertion.subject();
    answer.SubjectType = assertion.subject_format();
    answer.Issuer = assertion.issuer();
    answer.Audience = assertion.recipient();
    answer.NameQualifier = session.context.at("saml:namequalifier").front();
}

}  // namespace

Result<void> judge_saml(const Deps& deps, const Call& call, const api::AssumeRoleWithSAMLRequest& input,
                        Judgement& found) {
    federation::Progress& progress = found.progress;
    TRY(check_request_arn(*input.RoleArn));
    TRY(keep_claimed(deps, call, *input.RoleArn, *input.PrincipalArn));
    const RegisteredSamlProvider provider =
        TRY(find_saml_provider(deps.store, *input.PrincipalArn, call.now, progress));
    found.provider_arn = provider.arn;
    found.assertion = TRY(federation::verify_saml_response(*input.SAMLAssertion, provider.metadata,
                                                           expected_at(call.now, progress)));
    const federation::VerifiedAssertion& assertion = *found.assertion;
    access::Session& session = found.session;
    session.name = assertion.role_session_name();
    session.federated_provider = provider.arn;
    session.context = lasting_keys(assertion, provider);
    take_policies(input, session);
    const Federated& caller = found.caller.emplace(Federated{
        provider.arn, assertion.subject(), assertion.recipient(), assertion_keys(assertion, provider)});
    // Into the record of an account alone that knows the provider: who else would be told that it is proven?
    const bool is_own = account_in(*input.RoleArn) == provider.account;
    if (is_own) keep_proven(call, *input.RoleArn, caller);
    TRY(take_context(assertion.session(), session));
    const bool offered =
        std::ranges::count(assertion.roles(), federation::RoleOffer{*input.RoleArn, *input.PrincipalArn}) > 0;
    progress.begin(Check::role);
    if (!offered || !is_own) return access_denied("Not authorized to perform " + std::string(saml_action));
    TRY(find_role(deps, *input.RoleArn, found));
    TRY(authorize_federated(call, saml_action, caller, found.wanted, session));
    act_as(*found.wanted.role, session);
    progress.begin(Check::limits);
    found.duration = TRY(duration_of(found.wanted.role->record, input, assertion, call.now));
    found.packed = TRY(measure(deps.store, session));
    return {};
}

Result<api::AssumeRoleWithSAMLResponse> assume_role_with_saml(const Deps& deps, const Call& call,
                                                              const api::AssumeRoleWithSAMLRequest& input) {
    Judgement found;
    TRY(judge_saml(deps, call, input, found));
    auto answer = begin_role_session<api::AssumeRoleWithSAMLResponse>(deps, found.session, found.packed,
                                                                      call.now, found.duration);
    describe(*found.assertion, found.session, answer);
    return answer;
}

}  // namespace countersign::sts
