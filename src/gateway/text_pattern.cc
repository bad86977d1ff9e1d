#include "gateway/text_pattern.h"

#include <algorithm>
#include <bit>

#include "base/text.h"

namespace countersign::gateway {

namespace {

bool contains(std::span<const CharacterRange> ranges, char32_t character) {
    const auto after =
        std::upper_bound(ranges.begin(), ranges.end(), character,
                         [](char32_t c, const CharacterRange& range) { return c < range.first; });
    return after != ranges.begin() && character <= std::prev(after)->last;
}

}  // namespace

std::optional<std::u32string> characters_of(std::string_view utf8) {
    if (!is_utf8(utf8)) return std::nullopt;
    std::u32string characters;
    for (const char unit : utf8) {
        const auto byte = static_cast<unsigned char>(unit);
        if (byte < 0x80)
            characters.push_back(byte);
        else if (byte >= 0xC0)
            characters.push_back(byte & (0x7F >> std::countl_one(byte)));
        else
            characters.back() = (characters.back() << 6) | (byte & 0x3F);
    }
    return characters;
}

bool matches(const TextPattern& pattern, std::u32string_view text) {
    if (text.empty()) return pattern.matches_empty;
    std::uint64_t candidates = pattern.first;
    std::uint64_t taken = 0;
    for (const char32_t character : text) {
        std::uint64_t next = 0;
        taken = 0;
        for (std::uint64_t rest = candidates; rest != 0; rest &= rest - 1) {
            const int index = std::countr_zero(rest);
            const PatternPosition& position = pattern.positions[static_cast<std::size_t>(index)];
            if (!contains(position.characters, character)) continue;
            taken |= std::uint64_t{1} << index;
            next |= position.next;
        }
        candidates = next;
        if (taken == 0) return false;
    }
    return (taken & pattern.last) != 0;
}

}  // namespace countersign::gateway
