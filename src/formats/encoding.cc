#include "formats/encoding.h"

#include <array>
#include <cstdint>

namespace countersign::formats {

namespace {

constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view base32_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::string_view hex_digits = "0123456789abcdef";

using Values = std::array<std::int16_t, 256>;  // of each character as a digit; -1 when it is none

constexpr Values values_of(std::string_view digits) {
    Values values{};
    values.fill(-1);
    for (std::size_t i = 0; i < digits.size(); ++i)
        values[static_cast<unsigned char>(digits[i])] = static_cast<std::int16_t>(i);
    return values;
}

constexpr Values base64_values = values_of(base64_digits);

constexpr Values hex_values = [] {
    Values values = values_of(hex_digits);
    for (int i = 0; i < 6; ++i) values['A' + i] = static_cast<std::int16_t>(10 + i);
    return values;
}();

// The bytes as digits of so many bits each, the last filled up with zero bits.
std::string digits_of(std::string_view bytes, std::string_view digits, int digit_bits) {
    std::string text;
    text.reserve(bytes.size() * 8 / static_cast<std::size_t>(digit_bits) + 4);
    std::uint32_t pending = 0;
    int bits = 0;
    for (const char c : bytes) {
        pending = (pending << 8) | static_cast<unsigned char>(c);
        for (bits += 8; bits >= digit_bits; bits -= digit_bits)
            text += digits[(pending >> (bits - digit_bits)) & (digits.size() - 1)];
    }
    if (bits > 0) text += digits[(pending << (digit_bits - bits)) & (digits.size() - 1)];
    return text;
}

}  // namespace

std::string base64(std::string_view bytes) {
    std::string text = digits_of(bytes, base64_digits, 6);
    text.append((4 - text.size() % 4) % 4, '=');
    return text;
}

Result<std::string> from_base64(std::string_view text) {
    const Error malformed{Fault::invalid, "The text is not base64"};
    if (text.size() % 4 != 0) return malformed;
    for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);

    std::string bytes;
    bytes.reserve(text.size() / 4 * 3 + 2);
    std::uint32_t pending = 0;
    int bits = 0;
    for (const char c : text) {
        const int value = base64_values[static_cast<unsigned char>(c)];
        if (value < 0) return malformed;
        pending = (pending << 6) | static_cast<std::uint32_t>(value);
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        bytes += static_cast<char>((pending >> bits) & 0xFF);
    }
    // One text for one value: the bits that fill up the last digit are zero.
    if ((pending & ((1U << bits) - 1)) != 0) return malformed;
    return bytes;
}

std::string base32(std::string_view bytes) {
    return digits_of(bytes, base32_digits, 5);
}

std::string hex(std::string_view bytes) {
    std::string text(2 * bytes.size(), '\0');
    char* at = text.data();
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        *at++ = hex_digits[byte >> 4];
        *at++ = hex_digits[byte & 15];
    }
    return text;
}

Result<std::string> from_hex(std::string_view text) {
    const Error malformed{Fault::invalid, "The text is not hexadecimal"};
    if (text.size() % 2 != 0) return malformed;
    std::string bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t at = 0; at < text.size(); at += 2) {
        const int high = hex_values[static_cast<unsigned char>(text[at])];
        const int low = hex_values[static_cast<unsigned char>(text[at + 1])];
        if (high < 0 || low < 0) return malformed;
        bytes += static_cast<char>(high * 16 + low);
    }
    return bytes;
}

}  // namespace countersign::formats
