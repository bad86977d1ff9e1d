// A regular expression of an API model, translated at build time by scripts/generate_api.py into positions
// (after Glushkov): each takes one character and names the positions that may come next. Matching is linear,
// whatever the text. Immutable and safe to call from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace countersign::gateway {

struct CharacterRange {
    char32_t first;
    char32_t last;
};

struct PatternPosition {
    std::span<const CharacterRange> characters;  // sorted, apart from each other
    std::uint64_t next;                          // bit i: position i may follow
};

struct TextPattern {
    std::string_view source;  // as the model and AWS's messages have it
    bool matches_empty = false;
    std::uint64_t first = 0;  // bit i: position i may begin
    std::uint64_t last = 0;   // bit i: position i may end
    std::span<const PatternPosition> positions;
};

// The characters of a UTF-8 text; nothing when it is not UTF-8.
std::optional<std::u32string> characters_of(std::string_view utf8);

// Whether the pattern takes the whole text.
bool matches(const TextPattern& pattern, std::u32string_view text);

}  // namespace countersign::gateway
