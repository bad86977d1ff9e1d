// Which of the operations that there are somebody may have meant by one that there is not. Pure.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace countersign::gateway {

// Those that share a word with the name, the most alike first, and of these the shortest: a noun counts more
// than the verb it begins with.
std::vector<std::string_view> similar_names(std::string_view asked,
                                            const std::vector<std::string_view>& names, std::size_t most);

}  // namespace countersign::gateway
