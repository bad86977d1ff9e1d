#include "formats/uri.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace countersign::formats {

namespace {

constexpr bool is_unreserved(unsigned c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

// What a byte becomes: its first `size` characters.
struct Encoded {
    std::array<char, 3> text;
    std::uint8_t size;
};

constexpr std::array<Encoded, 256> encodings = [] {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::array<Encoded, 256> table{};
    for (unsigned c = 0; c < table.size(); ++c)
        table[c] = is_unreserved(c) ? Encoded{{static_cast<char>(c)}, 1}
                                    : Encoded{{'%', digits[c >> 4], digits[c & 15]}, 3};
    return table;
}();

// The value of a hex digit, or -1.
constexpr int digit_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

}  // namespace

// Byte by byte into room for the worst case, and without asking what each byte is: tokens are long, and
// nobody foresees where the next escape stands.
void append_percent_encoded(std::string_view bytes, std::string& into) {
    const std::size_t before = into.size();
    into.resize(before + 3 * bytes.size());
    char* at = into.data() + before;
    for (const char c : bytes) {
        const Encoded& encoded = encodings[static_cast<unsigned char>(c)];
        std::memcpy(at, encoded.text.data(), encoded.text.size());
        at += encoded.size;
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
