// Public keys of identity providers, and the signatures of JSON Web Tokens (RFC 7518) that they verify. A key
// knows its own family: an algorithm of another family, or of another curve, never verifies with it.
// PublicKey is a value, shared inside; safe to use from any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct evp_pkey_st;

namespace countersign::crypto {

enum class SignatureAlgorithm { rs256, rs384, rs512, ps256, ps384, ps512, es256, es384, es512 };

enum class Curve { p256, p384, p521 };

class PublicKey {
public:
    // Numbers are big-endian bytes. Fault::invalid: a modulus of fewer than 2048 or more than 8192 bits, an
    // exponent that is even, below 3 or above 64 bits.
    static Result<PublicKey> from_rsa(std::string_view modulus, std::string_view exponent);
    // Coordinates have exactly the curve's length (32, 48 or 66 bytes). Fault::invalid: not on the curve.
    static Result<PublicKey> from_ec(Curve curve, std::string_view x, std::string_view y);
    // The key of one X.509 certificate, PEM or DER, under the same rules. Whether the certificate itself is
    // valid is not asked: who trusts it has chosen it.
    static Result<PublicKey> from_certificate(std::string_view certificate);

    bool fits(SignatureAlgorithm algorithm) const;
    // ES* signatures are r||s. False for everything that does not verify, whatever the reason.
    bool verify(SignatureAlgorithm algorithm, std::string_view message, std::string_view signature) const;

private:
    enum class Family { rsa, p256, p384, p521 };
    struct Method;

    PublicKey(std::shared_ptr<evp_pkey_st> key, Family family) : key_(std::move(key)), family_(family) {}
    static Result<PublicKey> checked(std::shared_ptr<evp_pkey_st> key);
    static const Method* method_of(SignatureAlgorithm algorithm);

    std::shared_ptr<evp_pkey_st> key_;
    Family family_;
};

}  // namespace countersign::crypto
