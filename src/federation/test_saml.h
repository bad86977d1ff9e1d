// For the tests: a SAML identity provider that describes itself and signs its responses with xmlsec.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "crypto/thumbprint.h"
#include "federation/saml.h"
#include "federation/test_tokens.h"
#include "formats/encoding.h"

namespace countersign::federation {

inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

inline std::string certificate_text(const crypto::TestKey& key) {
    return formats::base64(*crypto::certificate_der(key.certificate_pem()));
}

inline std::string metadata_xml(const crypto::TestKey& key = rsa_key()) {
    return R"(<?xml version="1.0" encoding="UTF-8"?>
<!-- made by hand -->
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com/saml" validUntil="2027-01-01T00:00:00Z">
  <md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>
      )" + certificate_text(key) +
           R"(
    </ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
    <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example.com/sso"/>
  </md:IDPSSODescriptor>
</md:EntityDescriptor>)";
}

inline constexpr std::int64_t saml_time = 1'767'225'600;  // 2026-01-01T00:00:00Z

inline Instant saml_moment(std::int64_t later = 0) {
    return Instant(std::chrono::seconds(saml_time + later));
}

inline Metadata saml_provider(const crypto::TestKey& key = rsa_key()) {
    auto metadata = parse_metadata(metadata_xml(key), saml_moment());
    EXPECT_TRUE(metadata) << metadata.error().message;
    return *std::move(metadata);
}

inline SamlExpected saml_expected(std::int64_t later = 0) {
    return {saml_moment(later),
            {std::string(aws_saml_recipient)},
            {std::string(aws_saml_recipient), std::string(aws_saml_audience)}};
}

inline std::string attribute_xml(std::string_view name, std::string_view values) {
    return "<saml:Attribute Name=\"https://aws.amazon.com/SAML/Attributes/" + std::string(name) + "\">" +
           std::string(values) + "</saml:Attribute>";
}
inline std::string value_xml(std::string_view text) {
    return "<saml:AttributeValue xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" "
           "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"xs:string\">" +
           std::string(text) + "</saml:AttributeValue>";
}

// A good response, not signed yet: issued at saml_time, good for three minutes.
inline std::string response_xml() {
    return R"(<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_response" Version="2.0" IssueInstant="2026-01-01T00:00:00Z" Destination="https://signin.aws.amazon.com/saml"><saml:Issuer>https://idp.example.com/saml</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status><saml:Assertion ID="_assertion" Version="2.0" IssueInstant="2026-01-01T00:00:00Z"><saml:Issuer>https://idp.example.com/saml</saml:Issuer><saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">jane</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData Recipient="https://signin.aws.amazon.com/saml" NotOnOrAfter="2026-01-01T00:03:00Z"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="2025-12-31T23:59:00Z" NotOnOrAfter="2026-01-01T00:04:00Z"><saml:AudienceRestriction><saml:Audience>urn:amazon:webservices</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="2026-01-01T00:00:00Z" SessionNotOnOrAfter="2026-01-01T08:00:00Z"/><saml:AttributeStatement>)" +
           attribute_xml(
               "Role",
               value_xml("arn:aws:iam::123456789012:role/dev,arn:aws:iam::123456789012:saml-provider/idp")) +
           attribute_xml("RoleSessionName", value_xml("jane@example.com")) +
           "</saml:AttributeStatement></saml:Assertion></samlp:Response>";
}
// The same with more attributes.
inline std::string response_with(std::string_view attributes) {
    return replaced(response_xml(), "</saml:AttributeStatement>",
                    std::string(attributes) + "</saml:AttributeStatement>");
}

struct Signing {
    std::string id = "_assertion";  // of the element that is signed, and where the signature lies
    std::string method = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
    std::string digest = "http://www.w3.org/2001/04/xmlenc#sha256";
    std::string canonicalisation = "http://www.w3.org/2001/10/xml-exc-c14n#";
    std::string transforms =
        R"(<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>)"
        R"(<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>)";
    std::optional<std::string> reference = {};  // none: to the element itself
    std::string key_info = {};
    std::string key_pem = rsa_key().private_pem();
};

// The message with a signature behind the Issuer of the element that is signed.
std::string signed_xml(std::string xml, const Signing& signing = {});
// After the first signature.
bool is_known_to_xmlsec(const std::string& algorithm);

// Signed and as it is sent.
inline std::string response_text(const std::string& xml, const Signing& signing = {}) {
    return formats::base64(signed_xml(xml, signing));
}

}  // namespace countersign::federation
