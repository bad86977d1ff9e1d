#include "crypto/random.h"

#include <sys/random.h>

#include <cerrno>
#include <cstdint>

#include "crypto/openssl.h"

namespace countersign::crypto {

namespace {

constexpr std::size_t batch_bytes = 64;
constexpr unsigned byte_values = 256;

}  // namespace

std::string SystemRandom::bytes(std::size_t count) {
    std::string bytes(count, '\0');
    std::size_t filled = 0;
    while (filled < count) {
        const ssize_t got = getrandom(bytes.data() + filled, count - filled, 0);
        must(got > 0 || errno == EINTR);
        if (got > 0) filled += static_cast<std::size_t>(got);
    }
    return bytes;
}

std::string random_text(Random& random, std::string_view alphabet, std::size_t length) {
    must(!alphabet.empty() && alphabet.size() <= byte_values);
    // Bytes past the last whole multiple of the alphabet would favour its first characters.
    const std::size_t even = byte_values - byte_values % alphabet.size();
    std::string text;
    text.reserve(length);
    while (text.size() < length) {
        for (const char c : random.bytes(batch_bytes)) {
            const auto byte = static_cast<unsigned char>(c);
            if (byte < even && text.size() < length) text += alphabet[byte % alphabet.size()];
        }
    }
    return text;
}

std::string random_uuid(Random& random) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string bytes = random.bytes(16);
    bytes[6] = static_cast<char>((bytes[6] & 0x0F) | 0x40);  // version 4
    bytes[8] = static_cast<char>((bytes[8] & 0x3F) | 0x80);  // the variant of RFC 4122
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        const auto byte = static_cast<unsigned char>(bytes[i]);
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

}  // namespace countersign::crypto
