// Small questions and changes on text, ASCII rules only, independent of the locale.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace countersign {

std::string lower(std::string_view text);
std::string_view trimmed(std::string_view text);  // without surrounding blanks, tabs and line ends
std::vector<std::string_view> split(std::string_view text, char separator);
std::string joined(const std::vector<std::string>& parts, std::string_view separator);
bool is_utf8(std::string_view bytes);

// The inside of a JSON string literal: quotes, backslashes, control characters and what is not UTF-8 escaped.
std::string json_escaped(std::string_view text);

// The whole text as a decimal number without sign or blanks; nothing when it is anything else.
template <std::unsigned_integral Number>
std::optional<Number> parse_number(std::string_view text) {
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

}  // namespace countersign
