#include "services/cloudtrail/page_token.h"

#include <fmt/format.h>

#include "base/text.h"
#include "gateway/paging.h"

namespace countersign::cloudtrail {

namespace {

Error invalid_token() {
    return Error{Fault::invalid, "The token is not valid for this request.", "InvalidNextTokenException"};
}

}  // namespace

std::string page_token(const std::vector<Position>& positions, std::string_view question) {
    std::string place;
    for (const Position& position : positions)
        place += fmt::format("{}{}:{}", place.empty() ? "" : ":", position.file, position.before);
    return gateway::page_token(place, question);
}

Result<std::vector<Position>> read_page_token(std::string_view token, std::string_view question,
                                              std::size_t logs) {
    const auto place = gateway::place_in(token, question);
    if (!place) return invalid_token();
    const std::vector<std::string_view> parts = split(*place, ':');
    if (parts.size() != 2 * logs) return invalid_token();
    std::vector<Position> positions;
    for (std::size_t i = 0; i < parts.size(); i += 2) {
        const auto file = parse_number<std::uint64_t>(parts[i]);
        const auto before = parse_number<std::uint64_t>(parts[i + 1]);
        if (!file || !before) return invalid_token();
        positions.push_back({*file, *before});
    }
    return positions;
}

}  // namespace countersign::cloudtrail
