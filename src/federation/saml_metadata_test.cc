#include <gtest/gtest.h>

#include "federation/test_saml.h"

namespace countersign::federation {
namespace {

TEST(SamlMetadata, DescribesTheProvider) {
    const auto metadata = parse_metadata(metadata_xml(), saml_moment());
    ASSERT_TRUE(metadata) << metadata.error().message;
    EXPECT_EQ(metadata->entity_id, "https://idp.example.com/saml");
    EXPECT_EQ(metadata->valid_until, saml_moment(365 * 86'400));
    ASSERT_EQ(metadata->certificates.size(), 1U);
    EXPECT_EQ(metadata->certificates.front().pem, rsa_key().certificate_pem());
}

TEST(SamlMetadata, SaysWhereABrowserTakesRequests) {
    const Metadata posts = *parse_metadata(metadata_xml(), saml_moment());
    EXPECT_EQ(posts.sign_on_url, "");
    EXPECT_FALSE(posts.wants_signed_requests);
    const std::string service =
        R"(<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-)";
    const std::string more = service + R"(Redirect" Location="https://idp.example.com/r?a=b&amp;c"/>)";
    const std::string xml = replaced(metadata_xml(), service, more + service);
    EXPECT_EQ(parse_metadata(xml, saml_moment())->sign_on_url, "https://idp.example.com/r?a=b&c");
    for (const auto* flag : {"true", "1"})
        EXPECT_TRUE(parse_metadata(replaced(xml, "<md:IDPSSODescriptor",
                                            "<md:IDPSSODescriptor WantAuthnRequestsSigned=\"" +
                                                std::string(flag) + "\""),
                                   saml_moment())
                        ->wants_signed_requests);
}

TEST(SamlMetadata, MayHaveBlanksAround) {
    for (const std::string& wrapped : {'\n' + metadata_xml() + "\r\n", "\xEF\xBB\xBF" + metadata_xml()})
        EXPECT_TRUE(parse_metadata(wrapped, saml_moment()));
}

TEST(SamlMetadata, TheEndIsTheEarlierOneOrNone) {
    const auto end = [](const std::string& xml) { return parse_metadata(xml, saml_moment())->valid_until; };
    EXPECT_EQ(end(replaced(metadata_xml(), " validUntil=\"2027-01-01T00:00:00Z\"", "")), std::nullopt);
    EXPECT_EQ(end(replaced(metadata_xml(), "<md:IDPSSODescriptor",
                           "<md:IDPSSODescriptor validUntil=\"2026-01-02T00:00:00Z\"")),
              saml_moment(86'400));
    EXPECT_EQ(end(replaced(metadata_xml(), "<md:IDPSSODescriptor",
                           "<md:IDPSSODescriptor validUntil=\"2028-01-02T00:00:00Z\"")),
              saml_moment(365 * 86'400));
}

TEST(SamlMetadata, TakesKeysThatSign) {
    const std::string key = "<md:KeyDescriptor use=\"signing\">";
    EXPECT_TRUE(parse_metadata(replaced(metadata_xml(), key, "<md:KeyDescriptor>"), saml_moment()));
    EXPECT_FALSE(parse_metadata(replaced(metadata_xml(), key, "<md:KeyDescriptor use=\"encryption\">"),
                                saml_moment()));
    const std::string one = "<ds:X509Certificate>" + certificate_text(ec_key()) + "</ds:X509Certificate>";
    const auto second = parse_metadata(
        replaced(
            metadata_xml(), "<md:SingleSignOnService",
            "<md:KeyDescriptor><ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Data>" +
                one + "</ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:SingleSignOnService"),
        saml_moment());
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_EQ(second->certificates.size(), 2U);
    // A chain beside the certificate is not trusted to sign.
    const auto chain =
        parse_metadata(replaced(metadata_xml(), "</ds:X509Data>", one + "</ds:X509Data>"), saml_moment());
    ASSERT_TRUE(chain) << chain.error().message;
    EXPECT_EQ(chain->certificates.size(), 1U);
}

TEST(SamlMetadata, RefusesWhatCreateSamlProviderRefuses) {
    const std::string good = metadata_xml();
    std::string many = good;
    for (std::size_t i = 0; i < saml_certificates_max; ++i)
        many = replaced(many, "<ds:X509Data>",
                        "<ds:X509Data><ds:X509Certificate>" + certificate_text(rsa_key()) +
                            "</ds:X509Certificate></ds:X509Data><ds:X509Data>");
    const crypto::TestKey weak = crypto::TestKey::rsa(1024);
    for (const std::string& xml :
         {std::string(), std::string("<a/>"), std::string("{}"),
          std::string(saml_metadata_bytes_max + 1, ' '), many, metadata_xml(weak),
          replaced(good, "entityID=\"https://idp.example.com/saml\"", ""),
          replaced(good, "entityID=\"https://idp.example.com/saml\"", "entityID=\"\""),
          replaced(good, "entityID=\"https", "entityID=\"" + std::string(1024, 'x')),
          replaced(good, "2027-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
          replaced(good, "2027-01-01T00:00:00Z", "soon"),
          replaced(good, "protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"", ""),
          replaced(good, "SAML:2.0:protocol", "SAML:1.1:protocol"),
          replaced(good, "SAML:2.0:metadata", "other"),
          replaced(good, "<md:SingleSignOnService", "<md:Other"),
          replaced(good, certificate_text(rsa_key()), "AAAA"),
          replaced(good, certificate_text(rsa_key()), "<!-- x -->" + certificate_text(rsa_key())),
          replaced(good, certificate_text(rsa_key()), "not base64"),
          replaced(good, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<!DOCTYPE x [<!ENTITY a \"b\">]>")}) {
        const auto metadata = parse_metadata(xml, saml_moment());
        ASSERT_FALSE(metadata) << xml.substr(0, 200);
        EXPECT_EQ(metadata.error().code, "InvalidInput");
        EXPECT_TRUE(metadata.error().message.starts_with("Could not parse metadata"))
            << metadata.error().message;
    }
}

}  // namespace
}  // namespace countersign::federation
