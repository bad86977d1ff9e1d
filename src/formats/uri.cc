#include "formats/uri.h"

#include <algorithm>
#include <array>

namespace countersign::formats {

namespace {

constexpr std::string_view upper_digits = "0123456789ABCDEF";

constexpr std::array<bool, 256> unreserved = [] {
    std::array<bool, 256> table{};
    for (int c = 0; c < 256; ++c)
        table[static_cast<std::size_t>(c)] = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                                             (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
                                             c == '~';
    return table;
}();

constexpr bool is_unreserved(char c) {
    return unreserved[static_cast<unsigned char>(c)];
}

// The value of a hex digit, or -1.
constexpr int digit_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

}  // namespace

// Byte by byte into room for the worst case: tokens are long, and appending piece by piece costs more.
void append_percent_encoded(std::string_view bytes, std::string& into) {
    const std::size_t before = into.size();
    into.resize(before + 3 * bytes.size());
    char* at = into.data() + before;
    for (const char c : bytes) {
        if (is_unreserved(c)) {
            *at++ = c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        *at++ = '%';
        *at++ = upper_digits[byte >> 4];
        *at++ = upper_digits[byte & 15];
    }
    into.resize(static_cast<std::size_t>(at - into.data()));
}

std::string percent_encode(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size() + bytes.size() / 4);
    append_percent_encoded(bytes, text);
    return text;
}

// What stays as it is, is copied in runs.
Result<std::string> percent_decode(std::string_view text) {
    std::string bytes;
    bytes.reserve(text.size());
    while (!text.empty()) {
        const std::size_t run = std::min(text.find('%'), text.size());
        bytes.append(text.substr(0, run));
        text.remove_prefix(run);
        if (text.empty()) break;
        const int high = text.size() > 2 ? digit_value(text[1]) : -1;
        const int low = text.size() > 2 ? digit_value(text[2]) : -1;
        if (high < 0 || low < 0)
            return Error{Fault::invalid, "A percent sign is not followed by two hexadecimal digits"};
        bytes += static_cast<char>(high * 16 + low);
        text.remove_prefix(3);
    }
    return bytes;
}

}  // namespace countersign::formats
