#include "crypto/key_pair.h"

#include <gtest/gtest.h>

#include "crypto/certificates.h"
#include "crypto/test_key.h"

namespace countersign::crypto {
namespace {

constexpr Instant now{std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)};

CertifiedKey authority(const char* name) {
    SystemRandom random;
    return *make_authority(name, now, random);
}
CertifiedKey server(const CertifiedKey& issuer) {
    SystemRandom random;
    return *issue_server(issuer, {"db.example.org", {"db.example.org"}}, now, random);
}

TEST(KeyPair, KnowsWhenACertificateIsValid) {
    const auto validity = validity_of(TestKey::ec().certificate_pem());
    ASSERT_TRUE(validity);
    EXPECT_EQ(validity->from, std::chrono::sys_days(std::chrono::year(2000) / 1 / 1));
    EXPECT_EQ(validity->until, std::chrono::sys_days(std::chrono::year(2100) / 1 / 1));
}

TEST(KeyPair, BelongsTogether) {
    const CertifiedKey issuer = authority("one");
    const CertifiedKey issued = server(issuer);
    EXPECT_EQ(*is_key_of(issued.key_pem, issued.certificate_pem), true);
    EXPECT_EQ(*is_key_of(issuer.key_pem, issued.certificate_pem), false);
    EXPECT_EQ(*is_key_of(Secret(TestKey::rsa().private_pem()), issued.certificate_pem), false);
    EXPECT_EQ(is_key_of(Secret("no key"), issued.certificate_pem).error().message,
              "the private key cannot be read");
    EXPECT_EQ(is_key_of(Secret(), issued.certificate_pem).error().fault, Fault::invalid);
}

// Made by `openssl genpkey -aes128`: nobody is asked for its passphrase.
TEST(KeyPair, HasAKeyInTheClear) {
    const char* encrypted =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
        "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAge6ud+D9cYewICCAAw\n"
        "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEAQIEEMecRaIHqT/asW88SJFb88QEgZBY\n"
        "H0CFL2Ez0aAK6gk5GQuWWAnQ+DnmHJiml7zA4rgiOGHinqLQaVxmgleQFF8ry6IG\n"
        "GDVQPSE0q1FgCqvHFar/SsCuZlTj4MA2jiKA6vOOEeJobgGkV58tMRDgDgk3ZnaB\n"
        "N+dmpJmfNJZheHsroUQDkq8H+S86mdM19P9TKIm4nEkj9H7+mmCp+IxAuxIUCNY=\n"
        "-----END ENCRYPTED PRIVATE KEY-----\n";
    EXPECT_FALSE(is_key_of(Secret(encrypted), server(authority("one")).certificate_pem));
}

TEST(KeyPair, IsOneCertificateInPem) {
    const std::string pem = TestKey::ec().certificate_pem();
    EXPECT_TRUE(validity_of("\r\n" + pem + "\n\n"));
    EXPECT_TRUE(validity_of("\xEF\xBB\xBF" + pem));
    for (const std::string& broken : {std::string(), std::string("no certificate"), pem + pem, "x" + pem,
                                      pem + "x", pem.substr(0, 100), TestKey::ec().private_pem()})
        EXPECT_FALSE(validity_of(broken)) << broken;
}

TEST(KeyPair, HasAChainInOrder) {
    const CertifiedKey root = authority("root");
    const CertifiedKey other = authority("other");
    const std::string pem = server(root).certificate_pem;
    EXPECT_EQ(*gap_in_chain(pem, root.certificate_pem), std::nullopt);
    EXPECT_EQ(*gap_in_chain(pem, root.certificate_pem + root.certificate_pem), std::nullopt);
    EXPECT_EQ(*gap_in_chain(pem, other.certificate_pem), -1);
    EXPECT_EQ(*gap_in_chain(pem, pem + root.certificate_pem), -1);
    EXPECT_EQ(*gap_in_chain(pem, root.certificate_pem + other.certificate_pem), 0);
    EXPECT_EQ(*gap_in_chain(pem, authority("root").certificate_pem), -1);  // of the same name
    EXPECT_FALSE(gap_in_chain(pem, ""));
    EXPECT_FALSE(gap_in_chain(pem, "text\n" + root.certificate_pem));
    std::string long_chain;
    for (int i = 0; i < 17; ++i) long_chain += root.certificate_pem;
    EXPECT_FALSE(gap_in_chain(pem, long_chain));
}

}  // namespace
}  // namespace countersign::crypto
