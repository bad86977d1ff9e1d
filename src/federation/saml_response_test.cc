#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "federation/test_saml.h"

namespace countersign::federation {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const Metadata& provider() {
    static const Metadata metadata = saml_provider();
    return metadata;
}

Result<VerifiedAssertion> verified(const std::string& xml, const Signing& signing = {},
                                   std::int64_t later = 0) {
    return verify_saml_response(response_text(xml, signing), provider(), saml_expected(later));
}
// The code of the refusal, or that there was none.
std::string code_of(const Result<VerifiedAssertion>& result) {
    return result ? "accepted" : result.error().code;
}
std::string code_after(std::string_view from, std::string_view to, std::int64_t later = 0) {
    return code_of(verified(replaced(response_xml(), from, to), {}, later));
}
VerifiedAssertion accepted(const std::string& xml, const Signing& signing = {}) {
    auto result = verified(xml, signing);
    if (!result) ADD_FAILURE() << result.error().message;
    return *std::move(result);
}

TEST(SamlResponse, GivesWhatAGoodOneSays) {
    const VerifiedAssertion assertion = accepted(response_xml());
    EXPECT_EQ(assertion.issuer(), "https://idp.example.com/saml");
    EXPECT_EQ(assertion.assertion_id(), "_assertion");
    EXPECT_EQ(assertion.response_id(), "");  // nobody signed it
    EXPECT_EQ(assertion.subject(), "jane");
    EXPECT_EQ(assertion.subject_format(), "persistent");
    EXPECT_EQ(assertion.recipient(), "https://signin.aws.amazon.com/saml");
    EXPECT_THAT(assertion.roles(), ElementsAre(RoleOffer{"arn:aws:iam::123456789012:role/dev",
                                                         "arn:aws:iam::123456789012:saml-provider/idp"}));
    EXPECT_EQ(assertion.role_session_name(), "jane@example.com");
    EXPECT_FALSE(assertion.session_duration());
    EXPECT_EQ(assertion.session_ends(), saml_moment(8 * 3600));
    EXPECT_EQ(assertion.expires(), saml_moment(180));
    EXPECT_THAT(assertion.session().principal_tags, IsEmpty());
}

TEST(SamlResponse, TheResponseMayBeSignedInsteadOrBoth) {
    const Signing response{.id = "_response"};
    EXPECT_EQ(accepted(response_xml(), response).response_id(), "_response");
    const std::string both = signed_xml(signed_xml(response_xml()), response);
    const auto result = verify_saml_response(formats::base64(both), provider(), saml_expected());
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(result->response_id(), "_response");
    EXPECT_EQ(result->subject(), "jane");
    // An inner signature that is wrong is not made up for by the outer one.
    const std::string broken =
        replaced(signed_xml(response_xml()), "<ds:SignatureValue>", "<ds:SignatureValue>AAAA");
    EXPECT_EQ(code_of(verified(broken, response)), "InvalidIdentityToken");
}

TEST(SamlResponse, TakesTheStrongAlgorithms) {
    const std::string more = "http://www.w3.org/2001/04/xmldsig-more#";
    const std::string enc = "http://www.w3.org/2001/04/xmlenc#";
    for (const Signing& signing :
         {Signing{.method = more + "rsa-sha384"},
          Signing{.method = more + "rsa-sha512", .digest = enc + "sha512"},
          Signing{.digest = more + "sha384"},
          Signing{.canonicalisation = "http://www.w3.org/2001/10/xml-exc-c14n#WithComments"}})
        EXPECT_EQ(code_of(verified(response_xml(), signing)), "accepted") << signing.method << signing.digest;
    const Signing by_ec{.method = more + "ecdsa-sha256", .key_pem = ec_key().private_pem()};
    const auto result =
        verify_saml_response(response_text(response_xml(), by_ec), saml_provider(ec_key()), saml_expected());
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(code_of(verified(response_xml(), by_ec)), "InvalidIdentityToken");  // not this provider's key
}

TEST(SamlResponse, CarriesTheSession) {
    const VerifiedAssertion assertion = accepted(
        response_with(attribute_xml("SessionDuration", value_xml("1800")) +
                      attribute_xml("PrincipalTag:Project", value_xml("Automation")) +
                      attribute_xml("PrincipalTag:Team", value_xml("R&amp;D &lt;1&gt; <![CDATA[&]]>")) +
                      attribute_xml("TransitiveTagKeys", value_xml("Project") + value_xml("Team")) +
                      attribute_xml("SourceIdentity", value_xml("jane")) +
                      "<saml:Attribute Name=\"urn:oid:1.3.6.1.4.1.5923.1.1.1.3\">" + value_xml("ou=a") +
                      "</saml:Attribute>" + "<saml:Attribute Name=\"mail\">" + value_xml("j@a") +
                      value_xml("j@b") + "</saml:Attribute>"));
    EXPECT_EQ(assertion.session_duration(), std::chrono::seconds(1800));
    EXPECT_THAT(assertion.session().principal_tags,
                ElementsAre(std::pair("Project", "Automation"), std::pair("Team", "R&D <1> &")));
    EXPECT_THAT(assertion.session().transitive_tag_keys, ElementsAre("Project", "Team"));
    EXPECT_EQ(assertion.session().source_identity, "jane");
    EXPECT_THAT(assertion.organizations(), ElementsAre("ou=a"));
    EXPECT_THAT(assertion.attributes().at("mail"), ElementsAre("j@a", "j@b"));
}

TEST(SamlResponse, MayAnswerARequestAndNameNoRole) {
    std::string xml = replaced(response_xml(), "<saml:SubjectConfirmationData ",
                               "<saml:SubjectConfirmationData InResponseTo=\"_asked\" ");
    xml = replaced(xml, "SessionNotOnOrAfter=\"2026-01-01T08:00:00Z\"/>",
                   "><saml:AuthnContext><saml:AuthnContextClassRef>urn:mfa</saml:AuthnContextClassRef>"
                   "</saml:AuthnContext></saml:AuthnStatement>");
    EXPECT_EQ(accepted(xml).in_response_to(), "_asked");
    EXPECT_THAT(accepted(xml).authentication_classes(), ElementsAre("urn:mfa"));
    EXPECT_EQ(accepted(response_xml()).in_response_to(), "");
    const std::string nameless = replaced(xml, "Attributes/Role\"", "Attributes/Other\"");
    EXPECT_EQ(code_of(verified(nameless)), "InvalidIdentityToken");
    SamlExpected expected = saml_expected();
    expected.for_role = false;
    const auto person = verify_saml_response(response_text(nameless), provider(), expected);
    ASSERT_TRUE(person) << person.error().message;
    EXPECT_EQ(person->subject(), "jane");
    EXPECT_THAT(person->roles(), IsEmpty());
}

TEST(SamlResponse, RolesComeInEitherOrder) {
    const std::string role = "arn:aws:iam::123456789012:role/a/b";
    const std::string idp = "arn:aws:iam::123456789012:saml-provider/idp";
    const VerifiedAssertion assertion = accepted(response_with(attribute_xml(
        "Role", value_xml(idp + " , " + role) + value_xml("nonsense") + value_xml(role + "," + role))));
    ASSERT_EQ(assertion.roles().size(), 2U);
    EXPECT_EQ(assertion.roles()[1], (RoleOffer{role, idp}));
}

TEST(SamlResponse, RefusesAttributesThatAwsWouldNotTake) {
    const auto code_with = [](std::string_view name, std::string_view values) {
        return code_of(verified(response_with(attribute_xml(name, values))));
    };
    EXPECT_EQ(code_with("SessionDuration", value_xml("899")), "InvalidIdentityToken");
    EXPECT_EQ(code_with("SessionDuration", value_xml("43201")), "InvalidIdentityToken");
    EXPECT_EQ(code_with("SessionDuration", value_xml("1h")), "InvalidIdentityToken");
    EXPECT_EQ(code_with("RoleSessionName", value_xml("second")), "InvalidIdentityToken");
    EXPECT_EQ(code_with("PrincipalTag:a", value_xml("x") + value_xml("y")), "InvalidIdentityToken");
    EXPECT_EQ(code_with("PrincipalTag:a", ""), "InvalidIdentityToken");
    EXPECT_EQ(code_with("PrincipalTag:", value_xml("x")), "InvalidIdentityToken");
    EXPECT_EQ(code_with("PrincipalTag:a", value_xml(std::string(1025, 'x'))), "InvalidIdentityToken");
    EXPECT_EQ(code_with("SourceIdentity", value_xml("aws:jane")), "InvalidIdentityToken");
    EXPECT_EQ(code_with("SourceIdentity", value_xml("j j")), "InvalidIdentityToken");
    EXPECT_EQ(code_after("jane@example.com", "j"), "InvalidIdentityToken");
    EXPECT_EQ(code_after("jane@example.com", "jane doe"), "InvalidIdentityToken");
    EXPECT_EQ(code_after("Attributes/RoleSessionName", "Attributes/Other"), "InvalidIdentityToken");
    EXPECT_EQ(code_after("Attributes/Role\"", "Attributes/Other\""), "InvalidIdentityToken");
    EXPECT_EQ(code_after(":saml-provider/", ":user/"), "InvalidIdentityToken");
    EXPECT_EQ(code_after("<saml:Attribute Name=", "<saml:Attribute FriendlyName="), "InvalidIdentityToken");
}

TEST(SamlResponse, EndsInTime) {
    EXPECT_EQ(code_of(verified(response_xml(), {}, 179)), "accepted");
    EXPECT_EQ(code_of(verified(response_xml(), {}, 180)), "ExpiredTokenException");
    EXPECT_EQ(
        code_after("NotOnOrAfter=\"2026-01-01T00:03:00Z\"", "NotOnOrAfter=\"2026-01-01T01:00:00Z\"", 239),
        "accepted");
    EXPECT_EQ(
        code_after("NotOnOrAfter=\"2026-01-01T00:03:00Z\"", "NotOnOrAfter=\"2026-01-01T01:00:00Z\"", 240),
        "ExpiredTokenException");  // by its Conditions
    std::string longer = replaced(response_xml(), "NotOnOrAfter=\"2026-01-01T00:03:00Z\"",
                                  "NotOnOrAfter=\"2026-01-01T01:00:00Z\"");
    longer =
        replaced(longer, "NotOnOrAfter=\"2026-01-01T00:04:00Z\"", "NotOnOrAfter=\"2026-01-01T01:00:00Z\"");
    EXPECT_EQ(code_of(verified(longer, {}, 299)), "accepted");
    const auto late = verified(longer, {}, 300);
    EXPECT_EQ(code_of(late), "ExpiredTokenException");
    EXPECT_EQ(late.error().message, "Token must be redeemed within 5 minutes of issuance");
    EXPECT_EQ(code_after("SessionNotOnOrAfter=\"2026-01-01T08", "SessionNotOnOrAfter=\"2026-01-01T00"),
              "ExpiredTokenException");
}

TEST(SamlResponse, MayComeFiveMinutesEarly) {
    EXPECT_EQ(code_of(verified(response_xml(), {}, -300)), "accepted");
    EXPECT_EQ(code_of(verified(response_xml(), {}, -301)), "InvalidIdentityToken");
    EXPECT_EQ(code_after("NotBefore=\"2025-12-31T23:59:00Z\"", "NotBefore=\"2026-01-01T00:05:00Z\""),
              "accepted");
    EXPECT_EQ(code_after("NotBefore=\"2025-12-31T23:59:00Z\"", "NotBefore=\"2026-01-01T00:05:01Z\""),
              "InvalidIdentityToken");
}

TEST(SamlResponse, EveryPartIsNeeded) {
    const std::vector<std::pair<std::string_view, std::string_view>> changes{
        {"NotOnOrAfter=\"2026-01-01T00:03:00Z\"", ""},
        {"NotOnOrAfter=\"2026-01-01T00:03:00Z\"", "NotOnOrAfter=\"tomorrow\""},
        {"NotOnOrAfter=\"2026-01-01T00:03:00Z\"", "NotOnOrAfter=\"2026-01-02\""},
        {"NotOnOrAfter=\"2026-01-01T00:03:00Z\"", "NotOnOrAfter=\"2026-01-01T00:03:00\""},
        {"Recipient=\"https://signin.aws.amazon.com/saml\"", ""},
        {"Recipient=\"https://signin.aws.amazon.com/saml\"", "Recipient=\"https://evil.example/saml\""},
        {"cm:bearer", "cm:sender-vouches"},
        {"</saml:Subject>",
         "<saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"/></saml:Subject>"},
        {">jane</saml:NameID>", "></saml:NameID>"},
        {">jane</saml:NameID>", "><b>jane</b></saml:NameID>"},
        {"<saml:Audience>urn:amazon:webservices</saml:Audience>", ""},
        {"urn:amazon:webservices", "urn:other"},
        {"</saml:AudienceRestriction>",
         "</saml:AudienceRestriction><saml:AudienceRestriction><saml:Audience>x</saml:Audience></"
         "saml:AudienceRestriction>"},
        {"</saml:AudienceRestriction>", "</saml:AudienceRestriction><saml:Condition/>"},
        {"<saml:AudienceRestriction><saml:Audience>urn:amazon:webservices</saml:Audience></"
         "saml:AudienceRestriction>",
         ""},
        {"_assertion\" Version=\"2.0\"", "_assertion\" Version=\"1.1\""},
        {"_response\" Version=\"2.0\"", "_response\" Version=\"1.1\""},
        {"_assertion\" Version=\"2.0\" IssueInstant=\"2026-01-01T00:00:00Z\"",
         "_assertion\" Version=\"2.0\""},
        {"<saml:Issuer>https://idp.example.com/saml</saml:Issuer><saml:Subject>",
         "<saml:Issuer>https://idp.example.com</saml:Issuer><saml:Subject>"}};
    for (const auto& [from, to] : changes)
        EXPECT_EQ(code_after(from, to), "InvalidIdentityToken") << from << " -> " << to;
    EXPECT_EQ(code_after("</saml:AudienceRestriction>", "</saml:AudienceRestriction><saml:OneTimeUse/>"),
              "accepted");
}

TEST(SamlResponse, ASignedResponseIsReadToo) {
    const Signing response{.id = "_response"};
    const auto code = [&](std::string_view from, std::string_view to) {
        return code_of(verified(replaced(response_xml(), from, to), response));
    };
    EXPECT_EQ(code("Destination=\"https://signin.aws.amazon.com/saml\"", ""), "accepted");
    EXPECT_EQ(
        code("Destination=\"https://signin.aws.amazon.com/saml\"", "Destination=\"https://evil.example\""),
        "InvalidIdentityToken");
    EXPECT_EQ(code("https://idp.example.com/saml</saml:Issuer>", "https://evil.example</saml:Issuer>"),
              "InvalidIdentityToken");
}

TEST(SamlResponse, AProvidersRefusalIsARejectedClaim) {
    const auto result = verified(replaced(response_xml(), "status:Success", "status:AuthnFailed"));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, "IDPRejectedClaim");
    EXPECT_EQ(result.error().fault, Fault::denied);
    EXPECT_EQ(code_after("<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/>", ""),
              "InvalidIdentityToken");
}

TEST(SamlResponse, TheProvidersMetadataEnds) {
    Metadata metadata = provider();
    metadata.valid_until = saml_moment();
    const auto result = verify_saml_response(response_text(response_xml()), metadata, saml_expected());
    EXPECT_EQ(code_of(result), "InvalidIdentityToken");
}

TEST(SamlResponse, TriesEveryCertificateOfTheProvider) {
    Metadata metadata = saml_provider(other_rsa_key());
    const std::string text = response_text(response_xml());
    EXPECT_EQ(code_of(verify_saml_response(text, metadata, saml_expected())), "InvalidIdentityToken");
    metadata.certificates.push_back(provider().certificates.front());
    EXPECT_EQ(code_of(verify_saml_response(text, metadata, saml_expected())), "accepted");
    metadata.certificates.clear();
    EXPECT_EQ(code_of(verify_saml_response(text, metadata, saml_expected())), "InvalidIdentityToken");
}

TEST(SamlResponse, IsVerifiedByManyThreadsAtOnce) {
    const std::string good = response_text(response_xml());
    const std::string bad = formats::base64(replaced(signed_xml(response_xml()), ">jane<", ">root<"));
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&, is_good = i % 2 == 0] {
            for (int turn = 0; turn < 20; ++turn) {
                const auto result = verify_saml_response(is_good ? good : bad, provider(), saml_expected());
                EXPECT_EQ(static_cast<bool>(result), is_good);
            }
        });
    for (std::thread& thread : threads) thread.join();
}

TEST(SamlResponse, IsShownAsItIsWithoutBeingVerified) {
    const auto shown = unverified_assertion(formats::base64(response_xml()));
    ASSERT_TRUE(shown) << shown.error().message;
    EXPECT_EQ(shown->issuer, "https://idp.example.com/saml");
    EXPECT_EQ(shown->subject, "jane");
    EXPECT_EQ(shown->recipient, aws_saml_recipient);
    EXPECT_EQ(shown->audiences, std::vector<std::string>{std::string(aws_saml_audience)});
    EXPECT_EQ(shown->issued, "2026-01-01T00:00:00Z");
    EXPECT_EQ(shown->expires, "2026-01-01T00:03:00Z");
    ASSERT_EQ(shown->roles.size(), 1U);
    EXPECT_EQ(shown->roles[0].role_arn, "arn:aws:iam::123456789012:role/dev");
    EXPECT_EQ(shown->attributes.at("https://aws.amazon.com/SAML/Attributes/RoleSessionName"),
              std::vector<std::string>{"jane@example.com"});
    const auto bare = unverified_assertion(formats::base64(
        R"(<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"><Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion"/></samlp:Response>)"));
    ASSERT_TRUE(bare) << bare.error().message;
    EXPECT_TRUE(bare->issuer.empty() && bare->subject.empty() && bare->roles.empty());
    for (const char* broken : {"", "no base64", "PHgvPg=="})
        EXPECT_FALSE(unverified_assertion(broken)) << broken;
}

TEST(SamlResponse, TheNameQualifierIsAsDocumented) {
    const std::string qualifier = name_qualifier("https://example.com/saml", "123456789012", "MySAMLIdP");
    EXPECT_EQ(qualifier, formats::base64(crypto::sha1("https://example.com/saml123456789012/MySAMLIdP")));
    EXPECT_EQ(qualifier.size(), 28U);
}

}  // namespace
}  // namespace countersign::federation
