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

// This and percent_decode() copy what stays as it is in runs: tokens are long, and most of their bytes stay.
void append_percent_encoded(std::string_view bytes, std::string& into) {
    while (!bytes.empty()) {
        const auto end = std::ranges::find_if_not(bytes, is_unreserved);
        const auto run = static_cast<std::size_t>(end - bytes.begin());
        into.append(bytes.substr(0, run));
        if (run == bytes.size()) return;
        const auto byte = static_cast<unsigned char>(bytes[run]);
        const char escape[] = {'%', upper_digits[byte >> 4], upper_digits[byte & 15]};
        into.append(escape, sizeof escape);
        bytes.remove_prefix(run + 1);
    }
}

std::string percent_encode(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size() + bytes.size() / 4);
    append_percent_encoded(bytes, text);
    return text;
}

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
