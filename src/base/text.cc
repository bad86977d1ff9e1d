#include "base/text.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace countersign {

std::string lower(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return result;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (std::size_t end = text.find(separator); end != std::string_view::npos; end = text.find(separator)) {
        parts.push_back(text.substr(0, end));
        text.remove_prefix(end + 1);
    }
    parts.push_back(text);
    return parts;
}

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
    std::string result;
    for (const std::string& part : parts) {
        if (&part != &parts.front()) result += separator;
        result += part;
    }
    return result;
}

// Source: RFC 3629.
std::size_t utf8_sequence(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(i < text.size() ? text[i] : 0); };
    const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
    const std::uint8_t first = byte(0);
    if (first < 0x80) return text.empty() ? 0 : 1;
    if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        const bool overlong = first == 0xE0 && byte(1) < 0xA0;
        const bool surrogate = first == 0xED && byte(1) > 0x9F;
        return follows(1) && follows(2) && !overlong && !surrogate ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const bool outside = (first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) > 0x8F);
        return follows(1) && follows(2) && follows(3) && !outside ? 4 : 0;
    }
    return 0;
}

std::string counted(std::string_view count, std::string_view noun) {
    return std::string(count) + ' ' + std::string(noun) + (count == "1" ? "" : "s");
}

bool is_utf8(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::size_t length = utf8_sequence(bytes);
        if (length == 0) return false;
        bytes.remove_prefix(length);
    }
    return true;
}

namespace {

struct Range {
    std::uint32_t first;
    std::uint32_t last;
};

// What has no look of its own that all screens agree on, or moves what stands around it: controls, separators
// of lines, blanks other than the blank, marks of direction, private use, noncharacters, and
// Default_Ignorable_Code_Point (Unicode 15, DerivedCoreProperties.txt). Planes 4 to 13 have no characters, 14
// only invisible ones, 15 and 16 those of private use. In order.
constexpr std::array<Range, 27> hidden{
    {{0x00, 0x1F},       {0x7F, 0xA0},       {0xAD, 0xAD},       {0x034F, 0x034F},   {0x061C, 0x061C},
     {0x115F, 0x1160},   {0x1680, 0x1680},   {0x17B4, 0x17B5},   {0x180B, 0x180F},   {0x2000, 0x200F},
     {0x2028, 0x202F},   {0x205F, 0x206F},   {0x2800, 0x2800},   {0x3000, 0x3000},   {0x3164, 0x3164},
     {0xE000, 0xF8FF},   {0xFDD0, 0xFDEF},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},
     {0xFFF0, 0xFFFB},   {0xFFFE, 0xFFFF},   {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0x1FFFE, 0x1FFFF},
     {0x2FFFE, 0x2FFFF}, {0x3FFFE, 0x10FFFF}}};

bool is_hidden(std::uint32_t code_point) {
    if (code_point >= ' ' && code_point <= '~') return false;
    const auto* const range = std::ranges::lower_bound(hidden, code_point, {}, &Range::last);
    return range != hidden.end() && range->first <= code_point;
}

// Of a well-formed sequence.
std::uint32_t code_point_of(std::string_view sequence) {
    constexpr std::array<std::uint32_t, 5> of_first{0, 0x7F, 0x1F, 0x0F, 0x07};
    std::uint32_t value = static_cast<std::uint8_t>(sequence.front()) & of_first.at(sequence.size());
    for (const char c : sequence.substr(1)) value = value << 6U | (static_cast<std::uint8_t>(c) & 0x3FU);
    return value;
}

// One character of a text, or one byte of none.
struct Character {
    std::string_view bytes;
    bool is_utf8;
    std::uint32_t value;  // the code point or the byte

    bool is_seen() const { return is_utf8 && !is_hidden(value); }
};

Character first_of(std::string_view text) {
    const std::size_t length = utf8_sequence(text);
    if (length == 0) return {text.substr(0, 1), false, static_cast<std::uint8_t>(text.front())};
    return {text.substr(0, length), true, code_point_of(text.substr(0, length))};
}

std::string hex_of(std::uint32_t value, std::size_t digits_min) {
    std::string digits;
    for (; value != 0 || digits.size() < digits_min; value >>= 4U)
        digits.insert(digits.begin(), "0123456789ABCDEF"[value & 15U]);
    return digits;
}

void append_shown(std::string& text, const Character& character) {
    if (character.is_seen())
        text += character.bytes;
    else if (character.bytes.size() == 1)
        text += "\\x" + hex_of(character.value, 2);
    else
        text += "\\u{" + hex_of(character.value, 1) + '}';
}

// Of one that is not seen. UTF-16, as JSON has it.
void append_json(std::string& text, const Character& character) {
    constexpr std::uint32_t first_beyond = 0x10000;
    if (!character.is_utf8) {
        text += "\\\\x" + hex_of(character.value, 2);
    } else if (character.value < first_beyond) {
        text += "\\u" + hex_of(character.value, 4);
    } else {
        const std::uint32_t rest = character.value - first_beyond;
        text += "\\u" + hex_of(0xD800U + (rest >> 10U), 4) + "\\u" + hex_of(0xDC00U + (rest & 0x3FFU), 4);
    }
}

}  // namespace

std::string printable(std::string_view text, std::size_t bytes_max) {
    constexpr std::string_view cut = "…";
    std::string shown;
    std::size_t whole = 0;  // so much of it, at the end of a character, leaves room for the mark
    while (!text.empty()) {
        const Character first = first_of(text);
        append_shown(shown, first);
        if (shown.size() > bytes_max) return shown.substr(0, whole).append(cut);
        if (shown.size() + cut.size() <= bytes_max) whole = shown.size();
        text.remove_prefix(first.bytes.size());
    }
    return shown;
}

std::string printable_lines(std::string_view text) {
    std::string shown;
    while (!text.empty()) {
        const Character first = first_of(text);
        if (first.value == '\n' || first.value == '\t')
            shown += first.bytes;
        else
            append_shown(shown, first);
        text.remove_prefix(first.bytes.size());
    }
    return shown;
}

std::string json_escaped(std::string_view text) {
    std::string escaped;
    escaped.reserve(text.size());
    while (!text.empty()) {
        const Character first = first_of(text);
        if (first.value == '"' || first.value == '\\') escaped += '\\';
        if (first.is_seen())
            escaped += first.bytes;
        else
            append_json(escaped, first);
        text.remove_prefix(first.bytes.size());
    }
    return escaped;
}

std::string visible_json(std::string_view json) {
    std::string visible;
    visible.reserve(json.size());
    while (!json.empty()) {
        const Character first = first_of(json);
        if (first.is_seen())
            visible += first.bytes;
        else
            append_json(visible, first);
        json.remove_prefix(first.bytes.size());
    }
    return visible;
}

}  // namespace countersign
