#include "formats/uri.h"

namespace countersign::formats {

namespace {

constexpr std::string_view upper_digits = "0123456789ABCDEF";

constexpr bool is_unreserved(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

// The value of a hex digit, or -1.
constexpr int digit_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

}  // namespace

std::string percent_encode(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size() + bytes.size() / 4);
    for (const char c : bytes) {
        if (is_unreserved(c)) {
            text += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        text += '%';
        text += upper_digits[byte >> 4];
        text += upper_digits[byte & 15];
    }
    return text;
}

Result<std::string> percent_decode(std::string_view text) {
    std::string bytes;
    bytes.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            bytes += text[at];
            continue;
        }
        const int high = at + 2 < text.size() ? digit_value(text[at + 1]) : -1;
        const int low = at + 2 < text.size() ? digit_value(text[at + 2]) : -1;
        if (high < 0 || low < 0)
            return Error{Fault::invalid, "A percent sign is not followed by two hexadecimal digits"};
        bytes += static_cast<char>(high * 16 + low);
        at += 2;
    }
    return bytes;
}

}  // namespace countersign::formats
