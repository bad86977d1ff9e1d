#include <algorithm>

#include "base/text.h"
#include "base/wrapping.h"
#include "crypto/thumbprint.h"
#include "federation/saml.h"
#include "federation/saml_xml.h"
#include "formats/encoding.h"
#include "formats/iso_time.h"

namespace countersign::federation {

namespace {

constexpr std::string_view md = "urn:oasis:names:tc:SAML:2.0:metadata";
constexpr std::string_view metadata_dsig = "http://www.w3.org/2000/09/xmldsig#";
constexpr std::string_view saml2_protocol = "urn:oasis:names:tc:SAML:2.0:protocol";
constexpr std::string_view redirect_binding = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
constexpr std::size_t entity_id_bytes_max = 1024;  // SAML metadata 2.3.2

Error unusable(const std::string& why) {
    return {Fault::invalid, "Could not parse metadata: " + why, "InvalidInput"};
}

bool speaks_saml2(const xmlNode* descriptor) {
    const auto protocols = attribute_of(descriptor, "protocolSupportEnumeration").value_or("");
    const auto names = split(protocols, ' ');
    return std::ranges::find(names, saml2_protocol) != names.end();
}

Result<SigningCertificate> certificate_of(const xmlNode* element) {
    std::string text = text_of(element).value_or("");
    std::erase_if(text, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; });
    const auto der = formats::from_base64(text);
    if (!der || der->empty()) return unusable("a signing certificate is not base64");
    auto pem = crypto::certificate_pem(*der);
    if (!pem) return unusable("a signing certificate cannot be read");
    auto key = crypto::PublicKey::from_certificate(*der);
    if (!key) return unusable("a signing certificate cannot be used: " + key.error().message);
    return SigningCertificate{*std::move(pem), *std::move(key)};
}

Result<void> append_certificates(const xmlNode* key, std::vector<SigningCertificate>& certificates) {
    const xmlNode* const info = only_child(key, metadata_dsig, "KeyInfo");
    if (!info) return unusable("a KeyDescriptor has no KeyInfo");
    for (const xmlNode* data : children_of(info, metadata_dsig, "X509Data")) {
        const auto found = children_of(data, metadata_dsig, "X509Certificate");
        if (found.empty()) continue;
        // Others beside the first are its chain, which is not trusted to sign.
        auto certificate = TRY(certificate_of(found.front()));
        certificates.push_back(std::move(certificate));
    }
    return {};
}

// The certificates of keys that sign: those that say so, and those that do not say what they do.
Result<std::vector<SigningCertificate>> certificates_of(const xmlNode* descriptor) {
    std::vector<SigningCertificate> certificates;
    for (const xmlNode* key : children_of(descriptor, md, "KeyDescriptor"))
        if (attribute_of(key, "use").value_or("signing") == "signing")
            TRY(append_certificates(key, certificates));
    if (certificates.empty()) return unusable("it has no signing certificate");
    if (certificates.size() > saml_certificates_max)
        return unusable("it has more than 10 signing certificates");
    return certificates;
}

// The first address that takes requests out of a browser's address bar.
std::string sign_on_url_of(const std::vector<xmlNode*>& services) {
    for (const xmlNode* service : services)
        if (attribute_of(service, "Binding") == redirect_binding)
            return attribute_of(service, "Location").value_or("");
    return {};
}

// xs:boolean
bool is_true(const std::optional<std::string>& flag) {
    return flag == "true" || flag == "1";
}

// The earlier of both ends that metadata can have.
Result<std::optional<Instant>> end_of(const xmlNode* entity, const xmlNode* descriptor, Instant now) {
    std::optional<Instant> end;
    for (const xmlNode* element : {entity, descriptor}) {
        const auto text = attribute_of(element, "validUntil");
        if (!text) continue;
        const auto moment = formats::parse_extended_time(*text);
        if (!moment) return unusable("validUntil is not a time");
        if (*moment <= now) return unusable("it has expired");
        end = std::min(end.value_or(*moment), *moment);
    }
    return end;
}

}  // namespace

Result<Metadata> parse_metadata(std::string_view xml, Instant now) {
    if (xml.size() > saml_metadata_bytes_max) return unusable("it is too large");
    const auto document = parse_xml(without_wrapping(xml), Comments::passed_over);
    if (!document) return unusable(document.error().message);
    const xmlNode* const entity = root_of(*document);
    if (!is_element(entity, md, "EntityDescriptor")) return unusable("the root is not an EntityDescriptor");
    Metadata metadata;
    metadata.entity_id = attribute_of(entity, "entityID").value_or("");
    if (metadata.entity_id.empty() || metadata.entity_id.size() > entity_id_bytes_max)
        return unusable("it has no entityID");
    const xmlNode* const descriptor = only_child(entity, md, "IDPSSODescriptor");
    if (!descriptor || !speaks_saml2(descriptor))
        return unusable("it does not describe one SAML 2.0 identity provider");
    const auto services = children_of(descriptor, md, "SingleSignOnService");
    if (services.empty()) return unusable("it has no SingleSignOnService");
    metadata.sign_on_url = sign_on_url_of(services);
    metadata.wants_signed_requests = is_true(attribute_of(descriptor, "WantAuthnRequestsSigned"));
    metadata.certificates = TRY(certificates_of(descriptor));
    metadata.valid_until = TRY(end_of(entity, descriptor, now));
    return metadata;
}

}  // namespace countersign::federation
