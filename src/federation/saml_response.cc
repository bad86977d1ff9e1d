#include <algorithm>

#include "crypto/thumbprint.h"
#include "federation/assertion_reader.h"
#include "federation/errors.h"
#include "federation/saml.h"
#include "federation/saml_signature.h"
#include "federation/saml_xml.h"
#include "formats/encoding.h"
#include "model/arn.h"
#include "model/region.h"

namespace countersign::federation {

namespace {

constexpr std::string_view success = "urn:oasis:names:tc:SAML:2.0:status:Success";

Result<XmlDocument> document_of(std::string_view base64_text) {
    if (base64_text.size() > saml_response_bytes_max) return invalid_token("The SAML response is too large");
    std::string text(base64_text);
    std::erase_if(text, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; });
    const auto xml = formats::from_base64(text);
    if (!xml) return invalid_token("Invalid base64 SAMLResponse");
    auto document = parse_xml(*xml, Comments::refused);
    if (!document) return invalid_token("Invalid SAML response: " + document.error().message);
    return *std::move(document);
}

// What the provider says about its own answer. It can only refuse: nothing here is verified yet.
Result<void> check_status(const xmlNode* response) {
    const xmlNode* const status = only_child(response, samlp_xmlns, "Status");
    const xmlNode* const code = only_child(status, samlp_xmlns, "StatusCode");
    if (!code) return invalid_token("The SAML response has no status");
    if (attribute_of(code, "Value") != success)
        return rejected_claim("The identity provider reported that authentication failed");
    return {};
}

// The one assertion of the message, a child of the response; another one anywhere is an attack, or for
// someone else.
Result<xmlNode*> assertion_of(const XmlDocument& document) {
    xmlNode* const response = root_of(document);
    if (!children_of(response, saml_xmlns, "EncryptedAssertion").empty())
        return invalid_token("Encrypted SAML assertions are not supported");
    std::size_t assertions = 0;
    for (const xmlNode* node = response; node; node = next_below(response, node))
        assertions += is_element(node, saml_xmlns, "Assertion") ? 1 : 0;
    xmlNode* const assertion = only_child(response, saml_xmlns, "Assertion");
    if (!assertion || assertions != 1)
        return invalid_token("The SAML response must have exactly one Assertion");
    return assertion;
}

// What is signed of the message. Every signature that is there must be right, and one must be there.
Result<std::string> verified_part(const XmlDocument& document, const Metadata& provider) {
    xmlNode* const response = root_of(document);
    xmlNode* const assertion = TRY(assertion_of(document));
    std::string bytes;
    if (is_signed(assertion)) bytes = TRY(signed_bytes(document, assertion, provider.certificates));
    if (is_signed(response)) bytes = TRY(signed_bytes(document, response, provider.certificates));
    if (bytes.empty()) return invalid_token("Response signature invalid");
    return bytes;
}

}  // namespace

Result<VerifiedAssertion> verify_saml_response(std::string_view base64_text, const Metadata& provider,
                                               const SamlExpected& expected) {
    if (provider.valid_until && *provider.valid_until <= expected.now)
        return invalid_token("The SAML provider's metadata has expired");
    begin(expected.progress, Check::form);
    const XmlDocument document = TRY(document_of(base64_text));
    const xmlNode* const response = root_of(document);
    if (!is_element(response, samlp_xmlns, "Response") || attribute_of(response, "Version") != "2.0")
        return invalid_token("Invalid SAML response: the root is not a SAML 2.0 Response");
    if (!check_identifiers(document))
        return invalid_token("Invalid SAML response: two elements carry the same identifier");
    TRY(check_status(response));
    begin(expected.progress, Check::signature);
    const std::string bytes = TRY(verified_part(document, provider));
    return AssertionReader(provider, expected).read(bytes);
}

Result<UnverifiedAssertion> unverified_assertion(std::string_view base64_text) {
    const XmlDocument document = TRY(document_of(base64_text));
    return as_claimed(TRY(assertion_of(document)));
}

std::string name_qualifier(std::string_view issuer, std::string_view account_id,
                           std::string_view provider_name) {
    std::string text(issuer);
    text.append(account_id).append("/").append(provider_name);
    return formats::base64(crypto::sha1(text));
}

std::set<std::string, std::less<>> aws_saml_recipients() {
    std::set<std::string, std::less<>> recipients;
    const auto add = [&](const std::string& host) { recipients.insert("https://" + host + "/saml"); };
    add(std::string(model::signin_host_of(model::home_region())));
    for (const std::string_view region : model::public_regions())
        if (model::partition_of(region) == model::partition())
            add(std::string(region) + '.' + std::string(model::signin_host_of(region)));
    return recipients;
}

}  // namespace countersign::federation
