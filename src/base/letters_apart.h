// How far two words are apart: what somebody meant who mistyped one.
#pragma once

#include <cstddef>
#include <string_view>

namespace countersign {

// Levenshtein's: the fewest letters to put in, take out or change.
std::size_t letters_apart(std::string_view one, std::string_view other);

}  // namespace countersign
