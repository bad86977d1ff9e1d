// Small questions and changes on text, ASCII rules only, independent of the locale.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace countersign {

std::string lower(std::string_view text);
std::string_view trimmed(std::string_view text);  // without surrounding blanks, tabs and line ends
std::vector<std::string_view> split(std::string_view text, char separator);
std::string joined(const std::vector<std::string>& parts, std::string_view separator);
// "0 members", "1 member": the count is decimal digits.
std::string counted(std::string_view count, std::string_view noun);
bool is_utf8(std::string_view bytes);
// The length of the well-formed UTF-8 sequence that begins the text, 0 when it begins with none (RFC 3629).
std::size_t utf8_sequence(std::string_view text);

// Foreign text as one line that shows all of itself, in valid UTF-8: bytes that are not UTF-8 are \xFF, and
// what cannot be seen or moves what stands around it (controls, line ends, bidirectional and invisible format
// characters, every blank but the ASCII one) is \x1B or \u{202E}. Cut to so many bytes, with "…" at the cut.
// A backslash stays as it is, as in PostgreSQL's own logs: what is printable already is not changed a second
// time.
std::string printable(std::string_view text, std::size_t bytes_max = 8192);
// The same of each line of a text that may have several; tabs stay, too.
std::string printable_lines(std::string_view text);

// The inside of a JSON string literal: quotes and backslashes, what printable() would not show and what is
// not UTF-8 escaped.
std::string json_escaped(std::string_view text);
// A JSON text without white space between its parts, with what its strings hold escaped in the same way: it
// means the same, except that bytes that were not UTF-8 can be read now.
std::string visible_json(std::string_view json);

// The whole text as a decimal number without sign or blanks; nothing when it is anything else.
template <std::unsigned_integral Number>
std::optional<Number> parse_number(std::string_view text) {
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

}  // namespace countersign
