#include "crypto/public_key.h"

#include <gtest/gtest.h>

#include <vector>

#include "crypto/digest.h"
#include "crypto/test_key.h"
#include "crypto/thumbprint.h"

namespace countersign::crypto {
namespace {

const TestKey& rsa() {
    static const TestKey key = TestKey::rsa();
    return key;
}
const TestKey& ec(const char* curve) {
    static const TestKey p256 = TestKey::ec("P-256");
    static const TestKey p384 = TestKey::ec("P-384");
    static const TestKey p521 = TestKey::ec("P-521");
    const std::string_view name(curve);
    return name == "P-256" ? p256 : name == "P-384" ? p384 : p521;
}

PublicKey known(Result<PublicKey> key) {
    EXPECT_TRUE(key) << key.error().message;
    return *std::move(key);
}
PublicKey rsa_public() {
    return known(PublicKey::from_rsa(rsa().modulus(), rsa().exponent()));
}

struct Case {
    SignatureAlgorithm algorithm;
    const char* key;  // a curve, or RSA
    const char* digest;
    bool is_pss;
};
const std::vector<Case> cases{{SignatureAlgorithm::rs256, "RSA", "SHA256", false},
                              {SignatureAlgorithm::rs384, "RSA", "SHA384", false},
                              {SignatureAlgorithm::rs512, "RSA", "SHA512", false},
                              {SignatureAlgorithm::ps256, "RSA", "SHA256", true},
                              {SignatureAlgorithm::ps384, "RSA", "SHA384", true},
                              {SignatureAlgorithm::ps512, "RSA", "SHA512", true},
                              {SignatureAlgorithm::es256, "P-256", "SHA256", false},
                              {SignatureAlgorithm::es384, "P-384", "SHA384", false},
                              {SignatureAlgorithm::es512, "P-521", "SHA512", false}};

std::string signature_of(const Case& one, std::string_view message) {
    const bool is_rsa = std::string_view(one.key) == "RSA";
    return (is_rsa ? rsa() : ec(one.key)).sign(one.digest, message, one.is_pss);
}

PublicKey public_of(const Case& one) {
    const std::string_view name(one.key);
    if (name == "RSA") return rsa_public();
    const Curve curve = name == "P-256" ? Curve::p256 : name == "P-384" ? Curve::p384 : Curve::p521;
    return known(PublicKey::from_ec(curve, ec(one.key).x(), ec(one.key).y()));
}

TEST(PublicKey, VerifiesItsOwnAlgorithmAndNoOther) {
    const std::string message = "header.payload";
    for (const Case& made : cases) {
        const PublicKey key = public_of(made);
        const std::string signature = signature_of(made, message);
        for (const Case& asked : cases) {
            const bool is_same = asked.algorithm == made.algorithm;
            EXPECT_EQ(key.verify(asked.algorithm, message, signature), is_same) << made.key << made.digest;
            EXPECT_EQ(key.fits(asked.algorithm), std::string_view(asked.key) == made.key);
        }
    }
}

TEST(PublicKey, RefusesEveryOtherMessageAndSignature) {
    const std::string message = "header.payload";
    for (const Case& one : cases) {
        const PublicKey key = public_of(one);
        const std::string signature = signature_of(one, message);
        ASSERT_TRUE(key.verify(one.algorithm, message, signature));
        EXPECT_FALSE(key.verify(one.algorithm, message + ' ', signature));
        EXPECT_FALSE(key.verify(one.algorithm, "", signature));
        EXPECT_FALSE(key.verify(one.algorithm, message, ""));
        EXPECT_FALSE(key.verify(one.algorithm, message, signature + '\0'));
        EXPECT_FALSE(key.verify(one.algorithm, message, signature.substr(1)));
        EXPECT_FALSE(key.verify(one.algorithm, message, std::string(signature.size(), '\0')));
        for (const std::size_t at : {std::size_t(0), signature.size() / 2, signature.size() - 1}) {
            std::string altered = signature;
            altered[at] = static_cast<char>(altered[at] ^ 1);
            EXPECT_FALSE(key.verify(one.algorithm, message, altered));
        }
    }
}

// One in 256 begins with a zero, without which it is the same number.
TEST(PublicKey, ASignatureIsNotWrittenShorter) {
    const Case& pss = cases[3];
    const PublicKey key = public_of(pss);
    std::string signature;
    for (int tries = 0; tries < 20'000 && !signature.starts_with('\0'); ++tries)
        signature = signature_of(pss, "header.payload");
    ASSERT_TRUE(signature.starts_with('\0'));
    EXPECT_TRUE(key.verify(pss.algorithm, "header.payload", signature));
    EXPECT_FALSE(key.verify(pss.algorithm, "header.payload", signature.substr(1)));
    EXPECT_FALSE(key.verify(pss.algorithm, "header.payload", '\0' + signature));
}

// RFC 7515, appendix A.3: an ES256 signature that others made.
TEST(PublicKey, VerifiesTheStandardsExample) {
    const auto bytes = [](std::string text) {
        for (char& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
        text.append((4 - text.size() % 4) % 4, '=');
        return bytes_of_base64(text).value_or("");
    };
    const PublicKey key =
        known(PublicKey::from_ec(Curve::p256, bytes("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
                                 bytes("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")));
    const std::string message =
        "eyJhbGciOiJFUzI1NiJ9."
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290"
        "Ijp0cnVlfQ";
    const std::string signature =
        bytes("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q");
    EXPECT_TRUE(key.verify(SignatureAlgorithm::es256, message, signature));
    EXPECT_FALSE(key.verify(SignatureAlgorithm::es256, message + "x", signature));
}

TEST(PublicKey, RefusesWeakAndMalformedRsaKeys) {
    const TestKey weak = TestKey::rsa(1024);
    EXPECT_FALSE(PublicKey::from_rsa(weak.modulus(), weak.exponent()));
    EXPECT_FALSE(PublicKey::from_rsa("", rsa().exponent()));
    EXPECT_FALSE(PublicKey::from_rsa(rsa().modulus(), ""));
    EXPECT_FALSE(PublicKey::from_rsa(rsa().modulus(), "\x01"));
    EXPECT_FALSE(PublicKey::from_rsa(rsa().modulus(), "\x04"));
    EXPECT_FALSE(
        PublicKey::from_rsa(rsa().modulus(), std::string("\x01\x00\x00\x00\x00\x00\x00\x00\x01", 9)));
    EXPECT_FALSE(PublicKey::from_rsa(std::string(1025, '\xFF'), rsa().exponent()));
    std::string even = rsa().modulus();
    even.back() = '\x02';
    EXPECT_FALSE(PublicKey::from_rsa(even, rsa().exponent()));
    EXPECT_FALSE(PublicKey::from_certificate(weak.certificate_pem()));
}

TEST(PublicKey, RefusesPointsThatAreNotOnTheCurve) {
    const std::string x = ec("P-256").x();
    const std::string y = ec("P-256").y();
    EXPECT_FALSE(PublicKey::from_ec(Curve::p256, y, x));
    EXPECT_FALSE(PublicKey::from_ec(Curve::p256, x, std::string(32, '\0')));
    EXPECT_FALSE(PublicKey::from_ec(Curve::p256, std::string(32, '\0'), std::string(32, '\0')));
    EXPECT_FALSE(PublicKey::from_ec(Curve::p384, x, y));
    EXPECT_FALSE(PublicKey::from_ec(Curve::p256, x, y.substr(1)));
    EXPECT_FALSE(PublicKey::from_ec(Curve::p256, x, '\0' + y));
    EXPECT_FALSE(PublicKey::from_certificate(TestKey::ec("secp256k1").certificate_pem()));
}

TEST(PublicKey, ComesFromCertificates) {
    const std::string message = "signed";
    const std::string pem = rsa().certificate_pem();
    const auto der = certificate_der(pem);
    ASSERT_TRUE(der);
    const std::string signature = rsa().sign("SHA256", message);
    for (const std::string& form : {pem, *der})
        EXPECT_TRUE(
            known(PublicKey::from_certificate(form)).verify(SignatureAlgorithm::rs256, message, signature));
    EXPECT_TRUE(known(PublicKey::from_certificate(ec("P-384").certificate_pem()))
                    .verify(SignatureAlgorithm::es384, message, ec("P-384").sign("SHA384", message)));
    for (const std::string& broken : {std::string(), std::string("no certificate"), pem + pem, *der + "x",
                                      der->substr(1), rsa().private_pem(), std::string(70'000, 'x')})
        EXPECT_FALSE(PublicKey::from_certificate(broken));
}

TEST(Thumbprint, IsTheSha1OfTheDer) {
    const auto hex = [](const std::string& bytes) {
        std::string text;
        for (const unsigned char c : bytes) {
            text += "0123456789abcdef"[c >> 4];
            text += "0123456789abcdef"[c & 15];
        }
        return text;
    };
    EXPECT_EQ(hex(sha1("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");  // FIPS 180
    const std::string pem = rsa().certificate_pem();
    const auto der = certificate_der(pem);
    const auto thumbprint = certificate_thumbprint(pem);
    ASSERT_TRUE(der && thumbprint);
    EXPECT_EQ(*thumbprint, hex(sha1(*der)));
    const auto again = certificate_pem(*der);
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, pem);
    EXPECT_FALSE(certificate_thumbprint("no certificate"));
}

}  // namespace
}  // namespace countersign::crypto
