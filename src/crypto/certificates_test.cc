#include "crypto/certificates.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <set>

#include "crypto/counting_random.h"
#include "crypto/openssl.h"

namespace countersign::crypto {
namespace {

using std::chrono::days;
using std::chrono::seconds;
using Certificate = Owned<X509, X509_free>;

constexpr Instant now{std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)};

Certificate read(const std::string& pem) {
    const Owned<BIO, BIO_free> memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    return Certificate(PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr));
}

CertifiedKey authority() {
    SystemRandom random;
    return *make_authority("Countersign test", now, random);
}

CertifiedKey server(const CertifiedKey& issuer) {
    SystemRandom random;
    return *issue_server(
        issuer, {"db.example.org", {"db.example.org", "*.db.example.org", "127.0.0.1", "::1"}}, now, random);
}

// What a client that checks host names says of the certificate; X509_V_OK when it accepts it.
int verdict(const CertifiedKey& issuer, const CertifiedKey& issued, const std::string& host, Instant when) {
    const Certificate root = read(issuer.certificate_pem);
    const Certificate leaf = read(issued.certificate_pem);
    const Owned<X509_STORE, X509_STORE_free> store(X509_STORE_new());
    const Owned<X509_STORE_CTX, X509_STORE_CTX_free> context(X509_STORE_CTX_new());
    X509_STORE_add_cert(store.get(), root.get());
    X509_STORE_CTX_init(context.get(), store.get(), leaf.get(), nullptr);
    X509_VERIFY_PARAM* const parameters = X509_STORE_CTX_get0_param(context.get());
    X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_SSL_SERVER);
    X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE);
    X509_VERIFY_PARAM_set_time(parameters, std::chrono::floor<seconds>(when).time_since_epoch().count());
    if (X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) != 1)
        X509_VERIFY_PARAM_set1_host(parameters, host.data(), host.size());
    X509_verify_cert(context.get());
    return X509_STORE_CTX_get_error(context.get());
}

TEST(Certificates, AClientAcceptsTheNamesAndNoOthers) {
    const CertifiedKey issuer = authority();
    const CertifiedKey issued = server(issuer);
    for (const char* host :
         {"db.example.org", "DB.example.org", "one.db.example.org", "127.0.0.1", "::1", "0:0::1"})
        EXPECT_EQ(verdict(issuer, issued, host, now), X509_V_OK) << host;
    for (const char* host : {"example.org", "a.b.db.example.org", "db.example.com"})
        EXPECT_EQ(verdict(issuer, issued, host, now), X509_V_ERR_HOSTNAME_MISMATCH) << host;
    for (const char* host : {"127.0.0.2", "::2"})
        EXPECT_EQ(verdict(issuer, issued, host, now), X509_V_ERR_IP_ADDRESS_MISMATCH) << host;
}

TEST(Certificates, AClientRefusesAnotherAuthorityOfTheSameName) {
    const CertifiedKey issued = server(authority());
    EXPECT_NE(verdict(authority(), issued, "db.example.org", now), X509_V_OK);
}

TEST(Certificates, AServerCannotIssue) {
    const CertifiedKey issuer = authority();
    const CertifiedKey issued = server(issuer);
    SystemRandom random;
    const CertifiedKey third = *issue_server(issued, {"evil.example.org", {"evil.example.org"}}, now, random);
    EXPECT_NE(verdict(issued, third, "evil.example.org", now), X509_V_OK);
}

TEST(Certificates, TheyAreValidFromTheDayBeforeToTheEnd) {
    const CertifiedKey issuer = authority();
    const CertifiedKey issued = server(issuer);
    const Instant end = *expiry_of(issued.certificate_pem);
    EXPECT_EQ(end, now + days(364));
    EXPECT_EQ(*expiry_of(issuer.certificate_pem), now + days(3651));
    EXPECT_EQ(verdict(issuer, issued, "db.example.org", now - days(1) + seconds(1)), X509_V_OK);
    EXPECT_EQ(verdict(issuer, issued, "db.example.org", now - days(1) - seconds(1)),
              X509_V_ERR_CERT_NOT_YET_VALID);
    EXPECT_EQ(verdict(issuer, issued, "db.example.org", end - seconds(1)), X509_V_OK);
    EXPECT_EQ(verdict(issuer, issued, "db.example.org", end + seconds(1)), X509_V_ERR_CERT_HAS_EXPIRED);
}

TEST(Certificates, NoneOutlivesItsAuthority) {
    const CertifiedKey issuer = authority();
    const Instant end = *expiry_of(issuer.certificate_pem);
    SystemRandom random;
    const CertificateNames names{"localhost", {"localhost"}};
    EXPECT_EQ(*expiry_of(issue_server(issuer, names, end - days(10), random)->certificate_pem), end);
    EXPECT_EQ(issue_server(issuer, names, end, random).error().fault, Fault::conflict);
}

TEST(Certificates, HaveTheExtensionsTheirUseAsks) {
    const CertifiedKey issuer = authority();
    const Certificate root = read(issuer.certificate_pem);
    const Certificate leaf = read(server(issuer).certificate_pem);
    EXPECT_EQ(X509_get_pathlen(root.get()), 0);
    EXPECT_EQ(X509_get_key_usage(root.get()), KU_KEY_CERT_SIGN | KU_CRL_SIGN);
    EXPECT_EQ(X509_get_key_usage(leaf.get()), KU_DIGITAL_SIGNATURE);
    EXPECT_EQ(X509_get_extended_key_usage(leaf.get()), XKU_SSL_SERVER);
    EXPECT_EQ(X509_check_ca(leaf.get()), 0);
    EXPECT_EQ(
        ASN1_OCTET_STRING_cmp(X509_get0_subject_key_id(root.get()), X509_get0_authority_key_id(leaf.get())),
        0);
    for (X509* const one : {root.get(), leaf.get()}) {
        const int at = X509_get_ext_by_NID(one, NID_basic_constraints, -1);
        ASSERT_GE(at, 0);
        EXPECT_EQ(X509_EXTENSION_get_critical(X509_get_ext(one, at)), 1);
        EXPECT_NE(X509_get0_subject_key_id(one), nullptr);
        EXPECT_EQ(X509_get_signature_nid(one), NID_ecdsa_with_SHA256);
        EXPECT_EQ(EVP_PKEY_get_bits(X509_get0_pubkey(one)), 256);
    }
}

TEST(Certificates, SerialsArePositiveAndTheirOwn) {
    const CertifiedKey issuer = authority();
    std::set<std::string> serials;
    for (int i = 0; i < 20; ++i) {
        const Certificate leaf = read(server(issuer).certificate_pem);
        const Owned<BIGNUM, BN_free> serial(ASN1_INTEGER_to_BN(X509_get0_serialNumber(leaf.get()), nullptr));
        EXPECT_FALSE(BN_is_negative(serial.get()));
        EXPECT_EQ(BN_num_bits(serial.get()), 127);
        std::string bytes(16, '\0');
        BN_bn2binpad(serial.get(), octets(bytes), 16);
        serials.insert(bytes);
    }
    EXPECT_EQ(serials.size(), 20U);
}

TEST(Certificates, TheKeyBelongsToTheCertificate) {
    const CertifiedKey issued = server(authority());
    const std::string_view pem = issued.key_pem.reveal();
    EXPECT_TRUE(pem.starts_with("-----BEGIN PRIVATE KEY-----\n"));
    const Owned<BIO, BIO_free> memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    const Owned<EVP_PKEY, EVP_PKEY_free> key(
        PEM_read_bio_PrivateKey(memory.get(), nullptr, nullptr, nullptr));
    EXPECT_EQ(X509_check_private_key(read(issued.certificate_pem).get(), key.get()), 1);
}

TEST(Certificates, RefusesNamesThatAreNone) {
    const CertifiedKey issuer = authority();
    SystemRandom random;
    const std::string long_label = std::string(64, 'a') + ".org";
    for (const std::string& name :
         {std::string(), std::string("a b"), std::string("a..b"), std::string(".a"), std::string("a."),
          std::string("a,DNS:b"), std::string("*"), std::string("a.*.b"), std::string("ä.org"),
          std::string("a\0b", 3), std::string("10.0.0.0/8"), std::string("[::1]"), long_label,
          std::string(300, 'a')})
        EXPECT_EQ(issue_server(issuer, {"localhost", {"localhost", name}}, now, random).error().fault,
                  Fault::invalid)
            << name;
    EXPECT_FALSE(issue_server(issuer, {"localhost", {}}, now, random));
    EXPECT_FALSE(issue_server(issuer, {"", {"localhost"}}, now, random));
    EXPECT_FALSE(make_authority(std::string(65, 'a'), now, random));
    EXPECT_FALSE(make_authority("\xFF", now, random));
    EXPECT_FALSE(make_authority(std::string("a\0b", 3), now, random));
}

TEST(Certificates, RefusesAnAuthorityThatIsNone) {
    const CertifiedKey issuer = authority();
    const CertifiedKey other = authority();
    SystemRandom random;
    const CertificateNames names{"localhost", {"localhost"}};
    EXPECT_FALSE(issue_server({"", Secret("")}, names, now, random));
    EXPECT_FALSE(issue_server({issuer.certificate_pem, Secret("no key")}, names, now, random));
    EXPECT_FALSE(issue_server({issuer.certificate_pem, other.key_pem}, names, now, random));
    EXPECT_EQ(expiry_of("no certificate").error().fault, Fault::invalid);
}

// What a server that asks for client certificates says; X509_V_OK when it accepts this one.
int client_verdict(const CertifiedKey& issuer, const std::string& pem, Instant when) {
    const Certificate root = read(issuer.certificate_pem);
    const Certificate leaf = read(pem);
    const Owned<X509_STORE, X509_STORE_free> store(X509_STORE_new());
    const Owned<X509_STORE_CTX, X509_STORE_CTX_free> context(X509_STORE_CTX_new());
    X509_STORE_add_cert(store.get(), root.get());
    X509_STORE_CTX_init(context.get(), store.get(), leaf.get(), nullptr);
    X509_VERIFY_PARAM* const parameters = X509_STORE_CTX_get0_param(context.get());
    X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_SSL_CLIENT);
    X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_X509_STRICT);
    X509_VERIFY_PARAM_set_time(parameters, std::chrono::floor<seconds>(when).time_since_epoch().count());
    X509_verify_cert(context.get());
    return X509_STORE_CTX_get_error(context.get());
}

std::string client(const CertifiedKey& issuer, const std::string& request) {
    SystemRandom random;
    auto issued = issue_client(issuer, {request, {"db-host-1", "E1"}, std::chrono::hours(24)}, now, random);
    EXPECT_TRUE(issued);
    return issued ? *issued : std::string();
}

TEST(ClientCertificates, NameTheirHolderAndLastAsLongAsTheyWere) {
    const CertifiedKey issuer = authority();
    const std::string issued = client(issuer, request_certificate().request_pem);
    EXPECT_EQ(*client_name_of(issued), (ClientName{"db-host-1", "E1"}));
    EXPECT_EQ(*expiry_of(issued), now + std::chrono::hours(24));
    EXPECT_EQ(client_verdict(issuer, issued, now), X509_V_OK);
    EXPECT_EQ(client_verdict(issuer, issued, now + std::chrono::hours(25)), X509_V_ERR_CERT_HAS_EXPIRED);
    EXPECT_NE(client_verdict(authority(), issued, now), X509_V_OK);
}

TEST(ClientCertificates, AreNoServersAndServersAreNoClients) {
    const CertifiedKey issuer = authority();
    const std::string issued = client(issuer, request_certificate().request_pem);
    EXPECT_NE(verdict(issuer, {issued, Secret()}, "db-host-1", now), X509_V_OK);
    const CertifiedKey of_server = server(issuer);
    EXPECT_NE(client_verdict(issuer, of_server.certificate_pem, now), X509_V_OK);
    EXPECT_FALSE(client_name_of(of_server.certificate_pem));
    EXPECT_FALSE(client_name_of("no certificate"));
}

TEST(ClientCertificates, NeedARequestThatIsWholeAndSignedByItsOwnKey) {
    const CertifiedKey issuer = authority();
    SystemRandom random;
    const auto refused = [&](const std::string& request, const ClientName& name) {
        return !issue_client(issuer, {request, name, std::chrono::hours(24)}, now, random);
    };
    const std::string good = request_certificate().request_pem;
    const ClientName name{"db-host-1", "E1"};
    EXPECT_FALSE(refused(good, name));
    EXPECT_TRUE(refused("", name));
    EXPECT_TRUE(refused(issuer.certificate_pem, name));
    EXPECT_TRUE(refused(std::string(20'000, 'A'), name));
    std::string altered = good;
    char& letter = altered[good.size() - 50];  // in the signature
    letter = letter == 'A' ? 'B' : 'A';
    EXPECT_TRUE(refused(altered, name));
    EXPECT_TRUE(refused(good, {"", "E1"}));
    EXPECT_TRUE(refused(good, {"db-host-1", ""}));
    EXPECT_TRUE(refused(good, {std::string(65, 'x'), "E1"}));
}

}  // namespace
}  // namespace countersign::crypto
