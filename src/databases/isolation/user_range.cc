#include "databases/isolation/user_range.h"

#include <fmt/format.h>

#include "base/text.h"

namespace countersign::databases::isolation {

namespace {

constexpr uid_t first_min = 1000;          // below are the machine's own
constexpr uid_t last_max = 2'147'483'646;  // some programs take greater ones for negative numbers

}  // namespace

Result<UserRange> parse_user_range(std::string_view text) {
    const std::size_t dash = text.find('-');
    const auto first = parse_number<uid_t>(text.substr(0, dash));
    const auto last =
        dash == std::string_view::npos ? std::nullopt : parse_number<uid_t>(text.substr(dash + 1));
    if (first && last && *first >= first_min && *last <= last_max && *first < *last)
        return UserRange{*first, *last};
    return Error{Fault::invalid, fmt::format("{} is no range of user ids: FIRST-LAST, from {} to {}", text,
                                             first_min, last_max)};
}

}  // namespace countersign::databases::isolation
