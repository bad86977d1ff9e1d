#include "base/letters_apart.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

namespace countersign {

std::size_t letters_apart(std::string_view one, std::string_view other) {
    std::vector<std::size_t> row(other.size() + 1);
    std::iota(row.begin(), row.end(), 0);
    for (std::size_t at = 0; at < one.size(); ++at) {
        std::size_t diagonal = std::exchange(row[0], at + 1);
        for (std::size_t to = 0; to < other.size(); ++to) {
            const std::size_t changed = diagonal + (one[at] == other[to] ? 0 : 1);
            diagonal = std::exchange(row[to + 1], std::min({changed, row[to] + 1, row[to + 1] + 1}));
        }
    }
    return row.back();
}

}  // namespace countersign
