// By SAML 2.0, web browser SSO: a request in the browser's address, a response that the browser posts. It is
// verified by the function that AssumeRoleWithSAML verifies with, and has to answer a request of this
// browser. Source: SAML 2.0 profiles, 4.1; bindings, 3.4 (HTTP-Redirect) and 3.5 (HTTP-POST).
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "console/signin/html.h"
#include "console/signin/provider.h"
#include "federation/saml.h"
#include "formats/deflate.h"
#include "formats/encoding.h"
#include "formats/iso_time.h"
#include "formats/record.h"
#include "identity_center/saml_method.h"
#include "identity_center/start_url.h"
#include "model/iam.h"
#include "model/keys.h"

namespace countersign::console {

namespace ic = identity_center;

namespace {

constexpr std::string_view microsoft_methods = "http://schemas.microsoft.com/claims/authnmethodsreferences";

// What a response came to, sealed on its way through the browser.
struct Outcome {
    std::string request;  // the ID of the one that it answers
    Vouched vouched;
    std::string failure;  // empty: it is accepted
};
BOOST_DESCRIBE_STRUCT(Outcome, (), (request, vouched, failure))

std::string outcome_context(const Way& way) {
    return "saml-sign-in/" + way.place;
}

std::string service_url(const Site& site, const Way& way) {
    return site.url + std::string(ic::saml_path) + way.place;
}

// An xs:ID begins with no digit.
std::string request_id(const Elsewhere& sent) {
    return '_' + sent.nonce;
}

Result<federation::Metadata> metadata_of(store::Store& store, const Way& way, Instant now) {
    const auto registered = TRY(store::load<model::SamlProvider>(
        store, model::keys::saml_provider(way.account, way.method.record.saml_provider)));
    if (!registered) return not_offered();
    return federation::parse_metadata(registered->record.metadata, now);
}

bool gave_a_code(const federation::VerifiedAssertion& assertion) {
    constexpr std::array<std::string_view, 4> classes = {
        "https://refeds.org/profile/mfa", "http://schemas.microsoft.com/claims/multipleauthn",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorContract",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken"};
    const auto is_one = [&](const std::string& name) {
        return std::ranges::find(classes, name) != classes.end();
    };
    if (std::ranges::any_of(assertion.authentication_classes(), is_one)) return true;
    const auto methods = assertion.attributes().find(std::string(microsoft_methods));
    return methods != assertion.attributes().end() && std::ranges::any_of(methods->second, is_one);
}

Result<Vouched> vouched_by(const federation::VerifiedAssertion& assertion, const std::string& claim) {
    const bool by_subject = claim == ic::subject_claim;
    if (by_subject && assertion.subject_format() == "transient")
        return Error{Fault::denied, "its NameID is another at each sign-in; an attribute has to be the name"};
    const auto found = assertion.attributes().find(claim);
    const bool has_one = found != assertion.attributes().end() && found->second.size() == 1;
    const std::string name = by_subject ? assertion.subject() : has_one ? found->second.front() : "";
    return Vouched{name, by_subject, gave_a_code(assertion)};
}

Result<Outcome> read_response(const ProviderDeps& deps, const Way& way, const Site& site,
                              const std::string& response, Instant now) {
    const auto provider = TRY(metadata_of(deps.store, way, now));
    federation::SamlExpected expected;
    expected.now = now;
    expected.recipients = {service_url(site, way)};
    expected.audiences = expected.recipients;
    expected.for_role = false;
    const auto assertion = TRY(federation::verify_saml_response(response, provider, expected));
    return Outcome{assertion.in_response_to(), TRY(vouched_by(assertion, way.method.record.claim)), {}};
}

}  // namespace

Result<std::string> ask_saml(const ProviderDeps& deps, const Way& way, const Site& site,
                             const Elsewhere& sent, Instant now) {
    const auto provider = TRY(metadata_of(deps.store, way, now));
    TRY(ic::check_saml_provider(provider));
    const std::string service = escaped(service_url(site, way));
    const std::string request = fmt::format(
        R"(<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" )"
        R"(xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{}" Version="2.0" IssueInstant="{}" )"
        R"(Destination="{}" AssertionConsumerServiceURL="{}" )"
        R"(ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"><saml:Issuer>{}</saml:Issuer>)"
        R"(</samlp:AuthnRequest>)",
        request_id(sent), formats::second_time(now), escaped(provider.sign_on_url), service, service);
    return with_query(
        provider.sign_on_url,
        form_of({{"SAMLRequest", formats::base64(formats::deflated(request))}, {"RelayState", sent.state}}));
}

std::string sealed_response(const ProviderDeps& deps, const Way& way, const Site& site,
                            const std::string& response, Instant now) {
    const auto read = read_response(deps, way, site, response, now);
    Outcome outcome;
    if (read)
        outcome = *read;
    else
        outcome.failure = read.error().message;
    return deps.sealing.seal(Secret(formats::to_record(outcome)), outcome_context(way), deps.random);
}

Result<Vouched> take_saml(const ProviderDeps& deps, const Way& way, const Back& back) {
    const auto opened = TRY(deps.sealing.open(back.visit["code"], outcome_context(way)));
    const auto outcome = TRY(formats::from_record<Outcome>(std::string(opened.reveal())));
    if (!outcome.failure.empty()) return Error{Fault::denied, outcome.failure};
    if (outcome.request != request_id(back.sent))
        return Error{Fault::denied, "the response does not answer this browser's request"};
    return outcome.vouched;
}

std::string saml_service_metadata(const Site& site, const Way& way) {
    const std::string service = escaped(service_url(site, way));
    return fmt::format(
        R"(<?xml version="1.0" encoding="UTF-8"?>
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{0}">
  <md:SPSSODescriptor AuthnRequestsSigned="false" WantAssertionsSigned="true"
      protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
        Location="{0}" index="0" isDefault="true"/>
  </md:SPSSODescriptor>
</md:EntityDescriptor>
)",
        service);
}

}  // namespace countersign::console
