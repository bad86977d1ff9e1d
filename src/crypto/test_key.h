// For the tests: private keys that sign as an identity provider does, and what it publishes of them.
#pragma once

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>

#include "crypto/openssl.h"
#include "crypto/public_key.h"

namespace countersign::crypto {

class TestKey {
public:
    static TestKey rsa(unsigned bits = 2048) { return TestKey(EVP_RSA_gen(bits)); }
    static TestKey ec(const char* curve = "P-256") { return TestKey(EVP_EC_gen(curve)); }

    // A JOSE signature; `padding` and `digest` say how.
    std::string sign(const char* digest, std::string_view message, bool is_pss = false) const {
        const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
        EVP_PKEY_CTX* settings = nullptr;
        must(EVP_DigestSignInit_ex(context.get(), &settings, digest, nullptr, nullptr, key_.get(), nullptr) ==
             1);
        if (is_pss) {
            must(EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING) == 1);
            must(EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, RSA_PSS_SALTLEN_DIGEST) == 1);
        }
        std::size_t length = 0;
        must(EVP_DigestSign(context.get(), nullptr, &length, octets(message), message.size()) == 1);
        std::string signature(length, '\0');
        must(EVP_DigestSign(context.get(), octets(signature), &length, octets(message), message.size()) == 1);
        signature.resize(length);
        return EVP_PKEY_is_a(key_.get(), "EC") == 1 ? jose_pair(signature) : signature;
    }

    std::string modulus() const { return number(OSSL_PKEY_PARAM_RSA_N, 0); }
    std::string exponent() const { return number(OSSL_PKEY_PARAM_RSA_E, 0); }
    std::string x() const { return number(OSSL_PKEY_PARAM_EC_PUB_X, coordinate_bytes()); }
    std::string y() const { return number(OSSL_PKEY_PARAM_EC_PUB_Y, coordinate_bytes()); }

    std::string private_pem() const {
        const Owned<BIO, BIO_free> text(BIO_new(BIO_s_mem()));
        must(PEM_write_bio_PrivateKey(text.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
        return contents(text.get());
    }
    // A self-signed certificate without a name, valid in the years 2000 to 2100.
    std::string certificate_pem() const {
        const Owned<X509, X509_free> certificate(X509_new());
        X509* const made = certificate.get();
        must(X509_set_version(made, X509_VERSION_3) == 1 && X509_set_pubkey(made, key_.get()) == 1);
        must(ASN1_INTEGER_set(X509_get_serialNumber(made), 1) == 1);
        must(ASN1_TIME_set_string(X509_getm_notBefore(made), "20000101000000Z") == 1);
        must(ASN1_TIME_set_string(X509_getm_notAfter(made), "21000101000000Z") == 1);
        must(X509_sign(made, key_.get(), EVP_sha256()) > 0);
        const Owned<BIO, BIO_free> text(BIO_new(BIO_s_mem()));
        must(PEM_write_bio_X509(text.get(), made) == 1);
        return contents(text.get());
    }

private:
    explicit TestKey(EVP_PKEY* key) : key_(key, EVP_PKEY_free) { must(key != nullptr); }

    std::size_t coordinate_bytes() const {
        return static_cast<std::size_t>((EVP_PKEY_get_bits(key_.get()) + 7) / 8);
    }
    static std::string big_endian(const BIGNUM* number, std::size_t length) {
        std::string bytes(length == 0 ? static_cast<std::size_t>(BN_num_bytes(number)) : length, '\0');
        must(BN_bn2binpad(number, octets(bytes), static_cast<int>(bytes.size())) >= 0);
        return bytes;
    }
    std::string number(const char* name, std::size_t length) const {
        BIGNUM* found = nullptr;
        must(EVP_PKEY_get_bn_param(key_.get(), name, &found) == 1);
        const Owned<BIGNUM, BN_free> owned(found);
        return big_endian(found, length);
    }
    std::string jose_pair(const std::string& der) const {
        const unsigned char* from = octets(der);
        const Owned<ECDSA_SIG, ECDSA_SIG_free> pair(
            d2i_ECDSA_SIG(nullptr, &from, static_cast<long>(der.size())));
        must(pair != nullptr);
        return big_endian(ECDSA_SIG_get0_r(pair.get()), coordinate_bytes()) +
               big_endian(ECDSA_SIG_get0_s(pair.get()), coordinate_bytes());
    }
    static std::string contents(BIO* memory) {
        char* data = nullptr;
        const long length = BIO_get_mem_data(memory, &data);
        return {data, static_cast<std::size_t>(length)};
    }

    std::shared_ptr<EVP_PKEY> key_;
};

}  // namespace countersign::crypto
