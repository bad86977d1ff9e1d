#include "model/region.h"

#include <algorithm>

#include "base/text.h"

namespace countersign::model {

bool is_region(std::string_view text) {
    constexpr std::size_t region_bytes_max = 32;
    const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    const std::vector<std::string_view> words = split(text, '-');
    if (text.size() > region_bytes_max || words.size() < 3 || words.front().size() != 2) return false;
    const auto is_word = [&](std::string_view word) {
        return !word.empty() && std::ranges::all_of(word, is_letter);
    };
    return std::all_of(words.begin(), words.end() - 1, is_word) && !words.back().empty() &&
           std::ranges::all_of(words.back(), is_digit);
}

}  // namespace countersign::model
