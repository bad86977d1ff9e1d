#include "crypto/public_key.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <climits>
#include <utility>

#include "crypto/openssl.h"
#include "crypto/thumbprint.h"

namespace countersign::crypto {

namespace {

using Number = Owned<BIGNUM, BN_free>;
using ParameterBuilder = Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using ParameterList = Owned<OSSL_PARAM, OSSL_PARAM_free>;
using KeyContext = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using DigestContext = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;

constexpr int rsa_bits_min = 2048;
constexpr int rsa_bits_max = 8192;
constexpr std::size_t exponent_bytes_max = 8;
constexpr std::size_t curve_name_bytes_max = 64;

struct CurveFacts {
    Curve curve;
    const char* name;
    std::size_t coordinate_bytes;
};
constexpr std::array curves{CurveFacts{Curve::p256, "prime256v1", 32},
                            CurveFacts{Curve::p384, "secp384r1", 48},
                            CurveFacts{Curve::p521, "secp521r1", 66}};

const CurveFacts& facts_of(Curve curve) {
    return *std::ranges::find(curves, curve, &CurveFacts::curve);
}

Number number_of(std::string_view bytes) {
    Number number(BN_bin2bn(octets(bytes), static_cast<int>(bytes.size()), nullptr));
    must(number != nullptr);
    return number;
}

// Nothing when OpenSSL will not have these numbers as a key.
std::shared_ptr<EVP_PKEY> public_key(const char* type, OSSL_PARAM_BLD* builder) {
    const ParameterList parameters(OSSL_PARAM_BLD_to_param(builder));
    const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    must(parameters != nullptr && context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1);
    EVP_PKEY* key = nullptr;
    if (EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) return nullptr;
    return {key, EVP_PKEY_free};
}

// Refusals leave errors in the thread's queue, where the next one who looks would take them for its own.
struct ErrorsCleared {
    ~ErrorsCleared() { ERR_clear_error(); }
};

Error unusable(const char* why) {
    return {Fault::invalid, std::string("the public key ") + why};
}

Result<void> check_rsa(EVP_PKEY* key) {
    BIGNUM* modulus = nullptr;
    BIGNUM* exponent = nullptr;
    const bool known = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &modulus) == 1 &&
                       EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1;
    const Number n(modulus);
    const Number e(exponent);
    if (!known || !BN_is_odd(n.get()) || !BN_is_odd(e.get()) || BN_is_one(e.get()))
        return unusable("is no RSA key");
    if (BN_num_bits(n.get()) < rsa_bits_min || BN_num_bits(n.get()) > rsa_bits_max)
        return unusable("must have 2048 to 8192 bits");
    if (static_cast<std::size_t>(BN_num_bytes(e.get())) > exponent_bytes_max)
        return unusable("has an exponent that is too large");
    return {};
}

// r||s as the DER sequence that OpenSSL reads; nothing when the length is not the curve's.
std::string der_signature(std::string_view signature, std::size_t coordinate_bytes) {
    if (signature.size() != 2 * coordinate_bytes) return {};
    const Owned<ECDSA_SIG, ECDSA_SIG_free> pair(ECDSA_SIG_new());
    Number r = number_of(signature.substr(0, coordinate_bytes));
    Number s = number_of(signature.substr(coordinate_bytes));
    must(pair != nullptr && ECDSA_SIG_set0(pair.get(), r.release(), s.release()) == 1);
    std::string der(static_cast<std::size_t>(std::max(0, i2d_ECDSA_SIG(pair.get(), nullptr))), '\0');
    unsigned char* into = octets(der);
    must(!der.empty() && i2d_ECDSA_SIG(pair.get(), &into) == static_cast<int>(der.size()));
    return der;
}

enum class Padding { pkcs1, pss, none };

bool set_padding(EVP_PKEY_CTX* context, Padding padding) {
    if (padding == Padding::none) return true;
    if (padding == Padding::pkcs1) return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

}  // namespace

// What an algorithm is made of: the one table that decides what verifies.
struct PublicKey::Method {
    SignatureAlgorithm algorithm;
    Family family;
    Padding padding;
    const char* digest;
};

const PublicKey::Method* PublicKey::method_of(SignatureAlgorithm algorithm) {
    static constexpr std::array methods{
        Method{SignatureAlgorithm::rs256, Family::rsa, Padding::pkcs1, "SHA256"},
        Method{SignatureAlgorithm::rs384, Family::rsa, Padding::pkcs1, "SHA384"},
        Method{SignatureAlgorithm::rs512, Family::rsa, Padding::pkcs1, "SHA512"},
        Method{SignatureAlgorithm::ps256, Family::rsa, Padding::pss, "SHA256"},
        Method{SignatureAlgorithm::ps384, Family::rsa, Padding::pss, "SHA384"},
        Method{SignatureAlgorithm::ps512, Family::rsa, Padding::pss, "SHA512"},
        Method{SignatureAlgorithm::es256, Family::p256, Padding::none, "SHA256"},
        Method{SignatureAlgorithm::es384, Family::p384, Padding::none, "SHA384"},
        Method{SignatureAlgorithm::es512, Family::p521, Padding::none, "SHA512"}};
    const auto found = std::ranges::find(methods, algorithm, &Method::algorithm);
    return found == methods.end() ? nullptr : &*found;
}

Result<PublicKey> PublicKey::checked(std::shared_ptr<evp_pkey_st> key) {
    const ErrorsCleared cleared;
    if (key && EVP_PKEY_is_a(key.get(), "RSA") == 1) {
        TRY(check_rsa(key.get()));
        return PublicKey(std::move(key), Family::rsa);
    }
    if (!key || EVP_PKEY_is_a(key.get(), "EC") != 1) return unusable("is of another kind than RSA and EC");
    std::array<char, curve_name_bytes_max> name{};
    if (EVP_PKEY_get_group_name(key.get(), name.data(), name.size(), nullptr) != 1)
        return unusable("is on no named curve");
    const KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
    if (!context || EVP_PKEY_public_check(context.get()) != 1) return unusable("is not on its curve");
    const auto found = std::ranges::find(curves, std::string_view(name.data()), &CurveFacts::name);
    if (found == curves.end()) return unusable("is on another curve than P-256, P-384 and P-521");
    constexpr std::array families{Family::p256, Family::p384, Family::p521};
    return PublicKey(std::move(key), families.at(static_cast<std::size_t>(found - curves.begin())));
}

Result<PublicKey> PublicKey::from_rsa(std::string_view modulus, std::string_view exponent) {
    if (modulus.empty() || modulus.size() > rsa_bits_max / 8 + 1 || exponent.empty() ||
        exponent.size() > exponent_bytes_max)
        return unusable("has numbers that are missing or too large");
    const Number n = number_of(modulus);
    const Number e = number_of(exponent);
    const ParameterBuilder builder(OSSL_PARAM_BLD_new());
    must(builder != nullptr && OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) == 1 &&
         OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) == 1);
    return checked(public_key("RSA", builder.get()));
}

Result<PublicKey> PublicKey::from_ec(Curve curve, std::string_view x, std::string_view y) {
    const CurveFacts& facts = facts_of(curve);
    if (x.size() != facts.coordinate_bytes || y.size() != facts.coordinate_bytes)
        return unusable("has coordinates of another length than its curve's");
    std::string point(1, '\x04');  // uncompressed
    point.append(x).append(y);
    const ParameterBuilder builder(OSSL_PARAM_BLD_new());
    must(builder != nullptr &&
         OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, facts.name, 0) == 1 &&
         OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                          point.size()) == 1);
    return checked(public_key("EC", builder.get()));
}

Result<PublicKey> PublicKey::from_certificate(std::string_view certificate) {
    const std::string der = TRY(certificate_der(certificate));
    const unsigned char* from = octets(der);
    const Owned<X509, X509_free> read(d2i_X509(nullptr, &from, static_cast<long>(der.size())));
    if (!read) return unusable("cannot be read from the certificate");
    return checked(std::shared_ptr<evp_pkey_st>(X509_get_pubkey(read.get()), EVP_PKEY_free));
}

bool PublicKey::fits(SignatureAlgorithm algorithm) const {
    const Method* const method = method_of(algorithm);
    return method != nullptr && method->family == family_;
}

bool PublicKey::verify(SignatureAlgorithm algorithm, std::string_view message,
                       std::string_view signature) const {
    if (!fits(algorithm)) return false;
    const ErrorsCleared cleared;
    const Method& method = *method_of(algorithm);
    std::string encoded(signature);
    if (family_ != Family::rsa)
        encoded = der_signature(signature, curves.at(static_cast<std::size_t>(family_) - 1).coordinate_bytes);
    if (encoded.empty()) return false;
    // RFC 8017, 8.1.2: a signature is as long as the modulus, also where it begins with zeros.
    if (family_ == Family::rsa && std::cmp_not_equal(encoded.size(), EVP_PKEY_get_size(key_.get())))
        return false;
    const DigestContext context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* settings = nullptr;
    must(context != nullptr);
    if (EVP_DigestVerifyInit_ex(context.get(), &settings, method.digest, nullptr, nullptr, key_.get(),
                                nullptr) != 1 ||
        !set_padding(settings, method.padding))
        return false;
    return EVP_DigestVerify(context.get(), octets(encoded), encoded.size(), octets(message),
                            message.size()) == 1;
}

}  // namespace countersign::crypto
