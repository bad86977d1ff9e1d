#include "crypto/digest.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "crypto/openssl.h"

namespace countersign::crypto {

namespace {

using MacContext = Owned<EVP_MAC_CTX, EVP_MAC_CTX_free>;

const EVP_MD* sha256_method() {
    static const EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    must(method != nullptr);
    return method;
}

MacContext new_hmac_sha256() {
    const Owned<EVP_MAC, EVP_MAC_free> method(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
    must(method != nullptr);
    MacContext context(EVP_MAC_CTX_new(method.get()));
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                     OSSL_PARAM_construct_end()};
    must(context != nullptr && EVP_MAC_CTX_set_params(context.get(), parameters) == 1);
    return context;
}

// Looking the methods up and making a context cost more than a short HMAC: each thread keeps one. The key of
// the last use is wiped out of it by `forget_key`.
EVP_MAC_CTX* hmac_sha256_context() {
    thread_local const MacContext kept = new_hmac_sha256();
    return kept.get();
}

void forget_key(EVP_MAC_CTX* context) {
    constexpr unsigned char no_key[1] = {};
    must(EVP_MAC_init(context, no_key, sizeof no_key, nullptr) == 1);
}

}  // namespace

std::string sha256(std::string_view bytes) {
    std::string digest(digest_bytes, '\0');
    must(EVP_Digest(bytes.data(), bytes.size(), octets(digest), nullptr, sha256_method(), nullptr) == 1);
    return digest;
}

std::string sha256_hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text(2 * digest_bytes, '\0');
    char* at = text.data();
    for (const char c : sha256(bytes)) {
        const auto byte = static_cast<unsigned char>(c);
        *at++ = digits[byte >> 4];
        *at++ = digits[byte & 15];
    }
    return text;
}

Secret hmac_sha256(const Secret& key, std::string_view message) {
    EVP_MAC_CTX* const context = hmac_sha256_context();
    std::array<unsigned char, digest_bytes> mac;
    std::size_t length = 0;
    must(EVP_MAC_init(context, octets(key.reveal()), key.reveal().size(), nullptr) == 1);
    must(EVP_MAC_update(context, octets(message), message.size()) == 1);
    must(EVP_MAC_final(context, mac.data(), &length, mac.size()) == 1 && length == mac.size());
    forget_key(context);
    Secret result(std::string_view(reinterpret_cast<const char*>(mac.data()), mac.size()));
    OPENSSL_cleanse(mac.data(), mac.size());
    return result;
}

bool same_secret(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace countersign::crypto
