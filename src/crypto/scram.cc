#include "crypto/scram.h"

#include <openssl/evp.h>

#include "crypto/digest.h"
#include "crypto/openssl.h"

namespace countersign::crypto {

namespace {

constexpr int iterations = 4096;  // PostgreSQL's default
constexpr std::size_t salt_bytes = 16;

Secret salted_password(const Secret& password, std::string_view salt) {
    std::string salted(digest_bytes, '\0');
    const WipedAtEnd wiped(salted.data(), salted.size());
    const std::string_view text = password.reveal();
    must(PKCS5_PBKDF2_HMAC(text.data(), static_cast<int>(text.size()), octets(salt),
                           static_cast<int>(salt.size()), iterations, EVP_sha256(),
                           static_cast<int>(salted.size()), octets(salted)) == 1);
    return Secret(std::string_view(salted));
}

}  // namespace

std::string scram_verifier(const Secret& password, Random& random) {
    const std::string salt = random.bytes(salt_bytes);
    const Secret salted = salted_password(password, salt);
    const std::string stored_key = sha256(hmac_sha256(salted, "Client Key").reveal());
    const Secret server_key = hmac_sha256(salted, "Server Key");
    return "SCRAM-SHA-256$" + std::to_string(iterations) + ":" + to_base64(salt) + "$" +
           to_base64(stored_key) + ":" + to_base64(server_key.reveal());
}

}  // namespace countersign::crypto
