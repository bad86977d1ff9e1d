// What attackers do to signed SAML messages: signature wrapping (Somorovsky et al., "On Breaking SAML",
// 2012), comments in texts, document types, weak algorithms, keys that the message brings itself.
#include <gtest/gtest.h>

#include "federation/test_saml.h"

namespace countersign::federation {
namespace {

const Metadata& provider() {
    static const Metadata metadata = saml_provider();
    return metadata;
}

std::string code_of_xml(const std::string& xml) {
    const auto result = verify_saml_response(formats::base64(xml), provider(), saml_expected());
    if (!result) return result.error().code;
    return result->subject() == "jane" ? "accepted" : "forged";
}
std::string code_of(const std::string& xml, const Signing& signing = {}) {
    return code_of_xml(signed_xml(xml, signing));
}

std::string part(const std::string& xml, std::string_view from, std::string_view to) {
    const std::size_t begin = xml.find(from);
    const std::size_t end = xml.rfind(to);
    EXPECT_NE(begin, std::string::npos);
    return xml.substr(begin, end + to.size() - begin);
}
std::string assertion_in(const std::string& xml) {
    return part(xml, "<saml:Assertion", "</saml:Assertion>");
}
std::string signature_in(const std::string& xml) {
    return part(xml, "<ds:Signature ", "</ds:Signature>");
}
std::string response_in(const std::string& xml) {
    return part(xml, "<samlp:Response", "</samlp:Response>");
}
// The same for another person.
std::string evil(const std::string& xml) {
    return replaced(xml, ">jane</saml:NameID>", ">root</saml:NameID>");
}
std::string unsigned_part(const std::string& xml) {
    return replaced(xml, signature_in(xml), "");
}
std::string renamed(const std::string& xml, const std::string& id) {
    return replaced(xml, "ID=\"" + id + "\"", "ID=\"_evil\"");
}

class SignedAssertion : public testing::Test {
protected:
    const std::string message = signed_xml(response_xml());
    const std::string honest = assertion_in(message);
    const std::string signature = signature_in(message);
    const std::string bare = unsigned_part(honest);

    std::string with_assertion(const std::string& assertion) const {
        return replaced(message, honest, assertion);
    }
};

TEST_F(SignedAssertion, IsAcceptedAsItIs) {
    EXPECT_EQ(code_of_xml(message), "accepted");
    EXPECT_EQ(code_of_xml(evil(message)), "InvalidIdentityToken");
    EXPECT_EQ(code_of_xml(unsigned_part(message)), "InvalidIdentityToken");
}

// Each attack with the signed assertion's own identifier and with another one.
TEST_F(SignedAssertion, CannotBeWrapped) {
    for (const std::string& wicked : {evil(bare), renamed(evil(bare), "_assertion")}) {
        const std::string holding = replaced(wicked, "<saml:Subject>", signature + "<saml:Subject>");
        const std::string end = "</saml:Assertion>";
        const std::vector<std::string> attacks{
            with_assertion(wicked + honest),                      // XSW 3: sibling before
            with_assertion(honest + wicked),                      // and behind
            with_assertion(replaced(wicked, end, honest + end)),  // XSW 4: around
            with_assertion(holding + bare),                       // XSW 5: signature moved
            with_assertion(replaced(
                wicked, "<saml:Subject>",  // XSW 6: in the signature
                replaced(signature, "</ds:Signature>", bare + "</ds:Signature>") + "<saml:Subject>")),
            replaced(message, "<samlp:Status>",  // XSW 7: in Extensions
                     "<samlp:Extensions>" + wicked + "</samlp:Extensions><samlp:Status>"),
            with_assertion(replaced(
                wicked, "<saml:Subject>",  // XSW 8: in an Object
                replaced(signature, "</ds:Signature>", "<ds:Object>" + bare + "</ds:Object></ds:Signature>") +
                    "<saml:Subject>")),
            with_assertion(replaced(wicked, "<saml:Subject>",
                                    "<saml:Advice>" + honest + "</saml:Advice><saml:Subject>")),
            replaced(with_assertion(wicked), "<samlp:Status>",
                     "<samlp:Extensions>" + honest + "</samlp:Extensions><samlp:Status>"),
            replaced(with_assertion(wicked), "<samlp:Status>", signature + "<samlp:Status>")};
        for (const std::string& attack : attacks)
            EXPECT_EQ(code_of_xml(attack), "InvalidIdentityToken") << attack;
    }
}

TEST(SignedResponse, CannotBeWrapped) {
    const std::string message = response_in(signed_xml(response_xml(), {.id = "_response"}));
    ASSERT_EQ(code_of_xml(message), "accepted");
    EXPECT_EQ(code_of_xml(evil(message)), "InvalidIdentityToken");
    const std::string signature = signature_in(message);
    const std::string bare = unsigned_part(message);
    for (const std::string& wicked : {evil(bare), renamed(evil(bare), "_response")}) {
        const auto with_signature = [&](const std::string& inside) {
            return replaced(
                wicked, "<samlp:Status>",
                replaced(signature, "</ds:Signature>", inside + "</ds:Signature>") + "<samlp:Status>");
        };
        for (const std::string& attack :
             {with_signature(bare), with_signature("<ds:Object>" + bare + "</ds:Object>"),  // XSW 1
              replaced(wicked, "<samlp:Status>", bare + signature + "<samlp:Status>"),      // XSW 2
              replaced(wicked, "<samlp:Status>", message + "<samlp:Status>"),
              replaced(wicked, "<samlp:Status>", signature + "<samlp:Status>")})
            EXPECT_EQ(code_of_xml(attack), "InvalidIdentityToken") << attack;
    }
}

TEST_F(SignedAssertion, IdentifiersAreUnique) {
    for (const char* attribute : {"ID=\"_assertion\"", "Id=\"_assertion\"", "id=\"_assertion\"",
                                  "xml:id=\"_assertion\"", "samlp:ID=\"_assertion\""}) {
        const std::string attack = replaced(
            message, "<samlp:Status>",
            "<samlp:Extensions><x " + std::string(attribute) + "/></samlp:Extensions><samlp:Status>");
        EXPECT_EQ(code_of_xml(attack), "InvalidIdentityToken") << attribute;
    }
    EXPECT_EQ(code_of_xml(replaced(message, "ID=\"_response\"", "ID=\"_assertion\"")),
              "InvalidIdentityToken");
}

TEST_F(SignedAssertion, HasNoCommentsOrInstructionsInItsTexts) {
    // Canonicalisation leaves comments out, so the signature would still be right.
    for (const char* name : {"ja<!-- -->ne", "jane<!---->.evil", "<!-- x -->jane", "ja<?x y?>ne"})
        EXPECT_EQ(code_of_xml(replaced(message, ">jane<", '>' + std::string(name) + '<')),
                  "InvalidIdentityToken");
    EXPECT_EQ(code_of_xml("<!-- x -->" + response_in(message)), "InvalidIdentityToken");
    EXPECT_EQ(code_of_xml(replaced(message, ">jane<", "><![CDATA[jane]]><")), "accepted");  // the same text
    EXPECT_EQ(code_of_xml(replaced(message, ">jane<", ">j<![CDATA[an]]>f<")), "InvalidIdentityToken");
}

TEST_F(SignedAssertion, HasNoDocumentType) {
    const std::string root = response_in(message);
    for (const char* type : {"<!DOCTYPE samlp:Response>", "<!DOCTYPE x [<!ENTITY a \"root\">]>",
                             "<!DOCTYPE x SYSTEM \"file:///etc/passwd\">",
                             "<!DOCTYPE x [<!ENTITY % p SYSTEM \"http://evil\"> %p;]>",
                             "<!DOCTYPE x [<!ATTLIST saml:Assertion Version CDATA \"2.0\">]>",
                             "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">"
                             "<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]>"})
        EXPECT_EQ(code_of_xml(type + root), "InvalidIdentityToken") << type;
    EXPECT_EQ(code_of_xml(replaced(message, ">jane<", ">&a;<")), "InvalidIdentityToken");
    EXPECT_EQ(code_of_xml(replaced(message, ">jane<", ">j&#97;ne<")), "accepted");
}

TEST_F(SignedAssertion, IsWellFormedUtf8OfBoundedSizeAndDepth) {
    const std::string root = response_in(message);
    std::string wide;
    for (const char c : root) wide.append({c, '\0'});
    std::string deep = root;
    for (int i = 0; i < 40; ++i) deep = replaced(deep, "<samlp:Status>", "<x><samlp:Status>");
    for (int i = 0; i < 40; ++i) deep = replaced(deep, "</samlp:Status>", "</samlp:Status></x>");
    std::string deepest(200'000 / 7, 'x');
    for (const std::string& text :
         {std::string(), std::string("x"), std::string("<a/>"), wide, "\xFF\xFE" + wide, deep, root.substr(1),
          root + root, replaced(root, ">jane<", ">j\xFFne<"), root + std::string(1, '\0'),
          "<?xml version=\"1.0\" encoding=\"UTF-16\"?>" + wide, std::string(90'000, '<'), deepest})
        EXPECT_EQ(code_of_xml(text), "InvalidIdentityToken") << text.substr(0, 40);
    for (const std::string& text : {std::string(saml_response_bytes_max + 4, 'A'), std::string("%%%"),
                                    formats::base64(root) + "=", std::string(1000, '=')}) {
        const auto result = verify_saml_response(text, provider(), saml_expected());
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().code, "InvalidIdentityToken");
    }
    std::string lines = formats::base64(root);
    for (std::size_t at = 76; at < lines.size(); at += 78) lines.insert(at, "\r\n");
    EXPECT_TRUE(verify_saml_response(lines, provider(), saml_expected()));
}

TEST(Signature, OnlyStrongAlgorithms) {
    const std::string more = "http://www.w3.org/2001/04/xmldsig-more#";
    const std::string dsig = "http://www.w3.org/2000/09/xmldsig#";
    EXPECT_EQ(code_of(response_xml(), {.digest = dsig + "sha1"}), "InvalidIdentityToken");
    EXPECT_EQ(code_of(response_xml(), {.method = dsig + "rsa-sha1"}), "InvalidIdentityToken");
    if (is_known_to_xmlsec(more + "md5")) {  // newer ones are built without
        EXPECT_EQ(code_of(response_xml(), {.digest = more + "md5"}), "InvalidIdentityToken");
    }
    EXPECT_EQ(code_of(response_xml(), {.method = more + "rsa-sha224"}), "InvalidIdentityToken");
    EXPECT_EQ(
        code_of(response_xml(), {.canonicalisation = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"}),
        "InvalidIdentityToken");
}

// The certificate is public: as an HMAC key it must not verify.
TEST_F(SignedAssertion, HasNoKeyedHashForASignature) {
    const std::string rsa = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
    for (const char* method : {"http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
                               "http://www.w3.org/2000/09/xmldsig#hmac-sha1", "", "none"})
        EXPECT_EQ(code_of_xml(replaced(message, rsa, method)), "InvalidIdentityToken") << method;
    EXPECT_EQ(code_of_xml(replaced(message, rsa + "\"/>",
                                   rsa + "\"><ds:HMACOutputLength>0</ds:HMACOutputLength>"
                                         "</ds:SignatureMethod>")),
              "InvalidIdentityToken");
}

TEST(Signature, OnlyTheTwoTransforms) {
    const auto transform = [](std::string_view algorithm, std::string_view inside = "") {
        return "<ds:Transform Algorithm=\"" + std::string(algorithm) + "\">" + std::string(inside) +
               "</ds:Transform>";
    };
    const std::string enveloped = transform("http://www.w3.org/2000/09/xmldsig#enveloped-signature");
    const std::string exclusive = transform("http://www.w3.org/2001/10/xml-exc-c14n#");
    EXPECT_EQ(code_of(response_xml(), {.transforms = enveloped + exclusive}), "accepted");
    const std::string xpath = transform("http://www.w3.org/TR/1999/REC-xpath-19991116",
                                        "<ds:XPath>not(ancestor-or-self::ds:Signature)</ds:XPath>");
    const std::string inclusive = transform("http://www.w3.org/TR/2001/REC-xml-c14n-20010315");
    for (const std::string& transforms :
         {enveloped, enveloped + inclusive, enveloped + xpath + exclusive, xpath + exclusive,
          enveloped + exclusive + exclusive, enveloped + enveloped + exclusive})
        EXPECT_EQ(code_of(response_xml(), {.transforms = transforms}), "InvalidIdentityToken") << transforms;
}

TEST(Signature, RefersToItsOwnElement) {
    const std::string listed =
        replaced(response_xml(), "ID=\"_assertion\"", "ID=\"_assertion\" Consent=\"x\"");
    EXPECT_EQ(code_of(listed), "accepted");
    for (const char* reference : {"", "#_response", "#xpointer(/)", "#xpointer(id('_assertion'))"})
        EXPECT_EQ(code_of(response_xml(), {.reference = reference}), "InvalidIdentityToken") << reference;
    for (const char* id : {"_a') or id('_response", "a b", "1a", ""})
        EXPECT_EQ(code_of_xml(replaced(signed_xml(response_xml()), "ID=\"_assertion\"",
                                       "ID=\"" + std::string(id) + "\"")),
                  "InvalidIdentityToken");
}

TEST(Signature, TheMessageBringsNoKeyOfItsOwn) {
    const std::string key_info = "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>" +
                                 certificate_text(other_rsa_key()) +
                                 "</ds:X509Certificate></ds:X509Data></ds:KeyInfo>";
    EXPECT_EQ(code_of(response_xml(), {.key_info = key_info, .key_pem = other_rsa_key().private_pem()}),
              "InvalidIdentityToken");
    // What it says of its key is not even looked at.
    EXPECT_EQ(code_of(response_xml(), {.key_info = key_info}), "accepted");
}

TEST_F(SignedAssertion, HasOneSignatureOfTheOneShape) {
    for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
             {signature, signature + signature},
             {"</ds:Signature>", "<ds:Object/></ds:Signature>"},
             {"<ds:SignedInfo>", "<ds:Object/><ds:SignedInfo>"},
             {"</ds:SignedInfo>", "<ds:Reference URI=\"#_response\"/></ds:SignedInfo>"},
             {"<ds:Transforms>", "<ds:Transforms><!-- -->"},
             {"<ds:SignatureValue>", "<ds:SignatureValue>AAAA"}})
        EXPECT_EQ(code_of_xml(replaced(message, from, to)), "InvalidIdentityToken") << to.substr(0, 60);
}

TEST_F(SignedAssertion, IsNotEncrypted) {
    EXPECT_EQ(code_of_xml(with_assertion("<saml:EncryptedAssertion/>")), "InvalidIdentityToken");
    EXPECT_EQ(code_of_xml(with_assertion("")), "InvalidIdentityToken");
    EXPECT_EQ(code_of_xml(honest), "InvalidIdentityToken");
}

}  // namespace
}  // namespace countersign::federation
