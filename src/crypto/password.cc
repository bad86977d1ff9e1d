#include "crypto/password.h"

#include <openssl/evp.h>

#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/openssl.h"

namespace countersign::crypto {

namespace {

constexpr std::string_view scheme = "PBKDF2-SHA-256";
constexpr std::size_t password_salt_bytes = 16;
constexpr unsigned rounds_max = 10'000'000;

std::string verifier_of(const Secret& password, std::string_view salt, unsigned rounds) {
    std::string key(digest_bytes, '\0');
    const std::string_view text = password.reveal();
    must(PKCS5_PBKDF2_HMAC(text.data(), static_cast<int>(text.size()), octets(salt),
                           static_cast<int>(salt.size()), static_cast<int>(rounds), EVP_sha256(),
                           static_cast<int>(key.size()), octets(key)) == 1);
    return std::string(scheme) + '$' + std::to_string(rounds) + ':' + to_base64(salt) + '$' + to_base64(key);
}

}  // namespace

std::string password_verifier(const Secret& password, Random& random) {
    return verifier_of(password, random.bytes(password_salt_bytes), password_rounds);
}

bool is_password(std::string_view verifier, const Secret& password) {
    const std::vector<std::string_view> parts = split(verifier, '$');
    const std::size_t colon = parts.size() == 3 ? parts[1].find(':') : std::string_view::npos;
    const auto rounds =
        colon == std::string_view::npos ? std::nullopt : parse_number<unsigned>(parts[1].substr(0, colon));
    const auto salt =
        colon == std::string_view::npos ? std::nullopt : bytes_of_base64(parts[1].substr(colon + 1));
    const bool readable = rounds && salt && *rounds > 0 && *rounds <= rounds_max && parts[0] == scheme;
    const std::string computed =
        verifier_of(password, readable ? *salt : std::string(password_salt_bytes, '\0'),
                    readable ? *rounds : password_rounds);
    return same_secret(computed, verifier) && readable;
}

}  // namespace countersign::crypto
