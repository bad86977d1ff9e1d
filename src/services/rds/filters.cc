#include "services/rds/filters.h"

#include <fmt/format.h>

#include <algorithm>

#include "services/rds/validation.h"

namespace countersign::rds {

Result<Filters> Filters::read(const std::optional<std::vector<api::Filter>>& given,
                              const std::vector<std::string_view>& known) {
    Filters filters;
    if (!given) return filters;
    for (const api::Filter& filter : *given) {
        const std::string name = filter.Name.value_or("");
        if (std::ranges::count(known, name) == 0)
            return invalid_value(fmt::format("Unrecognized filter name: {}", name));
        if (!filter.Values || filter.Values->empty())
            return invalid_combination(fmt::format("Filter value list cannot be empty: {}", name));
        filters.filters_.push_back(filter);
    }
    return filters;
}

bool Filters::let_through(const Traits& traits) const {
    return std::ranges::all_of(filters_, [&](const api::Filter& filter) {
        const auto trait = traits.find(*filter.Name);
        if (trait == traits.end()) return false;
        return std::ranges::any_of(*filter.Values, [&](const std::string& value) {
            return std::ranges::count(trait->second, value) > 0;
        });
    });
}

}  // namespace countersign::rds
