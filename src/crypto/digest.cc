#include "crypto/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <cstring>

#include "crypto/openssl.h"

namespace countersign::crypto {

namespace {

using DigestContext = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;

const EVP_MD* sha256_method() {
    static const EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    must(method != nullptr);
    return method;
}

// Making a context costs as much as a short digest: each thread keeps one.
EVP_MD_CTX* context_of_thread() {
    thread_local const DigestContext kept(EVP_MD_CTX_new());
    must(kept != nullptr);
    return kept.get();
}

using Digest = std::array<unsigned char, digest_bytes>;

void digest_of(std::string_view first, std::string_view second, unsigned char* into) {
    EVP_MD_CTX* const context = context_of_thread();
    must(EVP_DigestInit_ex2(context, sha256_method(), nullptr) == 1);
    must(EVP_DigestUpdate(context, first.data(), first.size()) == 1);
    must(EVP_DigestUpdate(context, second.data(), second.size()) == 1);
    must(EVP_DigestFinal_ex(context, into, nullptr) == 1);
}

// What a digest leaves in the context is the digest itself.
void forget_digest() {
    must(EVP_DigestInit_ex2(context_of_thread(), sha256_method(), nullptr) == 1);
}

constexpr std::size_t block_bytes = 64;
using Block = std::array<unsigned char, block_bytes>;

// The key with every byte of its block changed by `mask` (RFC 2104, 2).
void mask_key(std::string_view key, unsigned char mask, Block& block) {
    block.fill(0);
    if (key.size() > block.size())
        digest_of(key, {}, block.data());
    else if (!key.empty())
        key.copy(reinterpret_cast<char*>(block.data()), key.size());
    for (unsigned char& byte : block) byte ^= mask;
}

template <std::size_t size>
std::string_view view_of(const std::array<unsigned char, size>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), size};
}

}  // namespace

std::string sha256(std::string_view bytes) {
    std::string digest(digest_bytes, '\0');
    digest_of(bytes, {}, octets(digest));
    return digest;
}

std::string sha256_hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text(2 * digest_bytes, '\0');
    char* at = text.data();
    Digest digest;
    digest_of(bytes, {}, digest.data());
    for (const unsigned char byte : digest) {
        *at++ = digits[byte >> 4];
        *at++ = digits[byte & 15];
    }
    return text;
}

Secret hmac_sha256(const Secret& key, std::string_view message) {
    constexpr unsigned char inner = 0x36;
    constexpr unsigned char outer = 0x5c;
    Block block;
    Digest mac;
    const WipedAtEnd wiped_block(block.data(), block.size());
    const WipedAtEnd wiped_mac(mac.data(), mac.size());
    mask_key(key.reveal(), inner, block);
    digest_of(view_of(block), message, mac.data());
    mask_key(key.reveal(), outer, block);
    digest_of(view_of(block), view_of(mac), mac.data());
    forget_digest();
    return Secret(view_of(mac));
}

bool same_secret(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace countersign::crypto
