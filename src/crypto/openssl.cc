#include "crypto/openssl.h"

#include <openssl/evp.h>

#include <climits>

namespace countersign::crypto {

std::string to_base64(std::string_view bytes) {
    must(bytes.size() < INT_MAX / 2);
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // the encoder ends it with a NUL
    EVP_EncodeBlock(octets(text), octets(bytes), static_cast<int>(bytes.size()));
    text.pop_back();
    return text;
}

std::optional<std::string> bytes_of_base64(std::string_view text) {
    if (text.empty() || text.size() % 4 != 0 || text.size() > INT_MAX / 2) return std::nullopt;
    std::string bytes(text.size() / 4 * 3, '\0');
    const int decoded = EVP_DecodeBlock(octets(bytes), octets(text), static_cast<int>(text.size()));
    if (decoded != static_cast<int>(bytes.size())) return std::nullopt;
    // The decoder counts padding as zero bytes and passes over blanks; encoding again shows both.
    bytes.resize(bytes.size() - (text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0));
    if (to_base64(bytes) != text) return std::nullopt;
    return bytes;
}

}  // namespace countersign::crypto
