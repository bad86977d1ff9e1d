#include "formats/uri.h"

#include <algorithm>
#include <array>
#include <bit>
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

constexpr std::size_t chunk_bytes = 16;

// How many of the chunk's first bytes are unreserved. Every byte is looked at in the same way, without a
// branch, so that compilers look at all of them at once.
std::size_t unreserved_at(const char* chunk) {
    constexpr std::uint8_t yes = 0xff;
    std::array<std::uint8_t, chunk_bytes> reserved;
    for (std::size_t i = 0; i < chunk_bytes; ++i) {
        const auto c = static_cast<std::uint8_t>(chunk[i]);
        const auto letter = static_cast<std::uint8_t>((c | 0x20) - 'a');
        const auto digit = static_cast<std::uint8_t>(c - '0');
        std::uint8_t found = letter > 25 ? yes : 0;
        found = digit > 9 ? found : 0;
        found = c == '-' ? 0 : found;
        found = c == '.' ? 0 : found;
        found = c == '_' ? 0 : found;
        reserved[i] = c == '~' ? 0 : found;
    }
    for (std::size_t at = 0; at < chunk_bytes; at += sizeof(std::uint64_t)) {
        std::uint64_t eight = 0;
        std::memcpy(&eight, reserved.data() + at, sizeof eight);
        if (eight == 0) continue;
        const int zeros =
            std::endian::native == std::endian::little ? std::countr_zero(eight) : std::countl_zero(eight);
        return at + static_cast<std::size_t>(zeros) / 8;
    }
    return chunk_bytes;
}

char* put_encoded(char c, char* at) {
    const Encoded& encoded = encodings[static_cast<unsigned char>(c)];
    std::memcpy(at, encoded.text.data(), encoded.text.size());
    return at + encoded.size;
}

}  // namespace

// Into room for the worst case; runs that stay as they are are copied a chunk at a time.
void append_percent_encoded(std::string_view bytes, std::string& into) {
    const std::size_t before = into.size();
    into.resize(before + 3 * bytes.size());
    char* at = into.data() + before;
    while (bytes.size() >= chunk_bytes) {
        const std::size_t run = unreserved_at(bytes.data());
        std::memcpy(at, bytes.data(), chunk_bytes);
        at += run;
        bytes.remove_prefix(run);
        if (run == chunk_bytes) continue;
        at = put_encoded(bytes.front(), at);
        bytes.remove_prefix(1);
    }
    for (const char c : bytes) at = put_encoded(c, at);
    into.resize(static_cast<std::size_t>(at - into.data()));
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
    if (!append_percent_decoded(text, bytes))
        return Error{Fault::invalid, "A percent sign is not followed by two hexadecimal digits"};
    return bytes;
}

// What stays as it is, is copied in runs.
bool append_percent_decoded(std::string_view text, std::string& bytes) {
    while (!text.empty()) {
        const std::size_t run = std::min(text.find('%'), text.size());
        bytes.append(text.substr(0, run));
        text.remove_prefix(run);
        if (text.empty()) break;
        const int high = text.size() > 2 ? digit_value(text[1]) : -1;
        const int low = text.size() > 2 ? digit_value(text[2]) : -1;
        if (high < 0 || low < 0) return false;
        bytes += static_cast<char>(high * 16 + low);
        text.remove_prefix(3);
    }
    return true;
}

}  // namespace countersign::formats
