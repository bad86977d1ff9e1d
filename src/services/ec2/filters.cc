#include "services/ec2/filters.h"

#include <algorithm>

#include "services/ec2/errors.h"

namespace countersign::ec2 {

void add_tags(Traits& traits, const std::vector<model::Tag>& tags) {
    for (const model::Tag& tag : tags) {
        traits["tag:" + tag.Key].push_back(tag.Value);
        traits["tag-key"].push_back(tag.Key);
    }
}

Result<Filters> Filters::read(const std::optional<std::vector<api::Filter>>& given,
                              std::initializer_list<std::string_view> known) {
    Filters filters;
    if (!given) return filters;
    for (const api::Filter& filter : *given) {
        const std::string name = filter.Name.value_or("");
        const bool about_tags = name.starts_with("tag:") || name == "tag-key";
        if (!about_tags && std::ranges::count(known, name) == 0)
            return Error{Fault::invalid, fmt::format("The filter '{}' is invalid", name),
                         "InvalidParameterValue"};
        One one{name, {}};
        for (const std::string& value : filter.Values.value_or(std::vector<std::string>()))
            one.values.emplace_back(value, policy::Syntax{.wildcards = true}, policy::Case::exact);
        filters.filters_.push_back(std::move(one));
    }
    return filters;
}

bool Filters::let_through(const Traits& traits) const {
    return std::ranges::all_of(filters_, [&](const One& filter) {
        const auto trait = traits.find(filter.name);
        if (trait == traits.end()) return false;
        return std::ranges::any_of(filter.values, [&](const policy::Pattern& value) {
            return std::ranges::any_of(trait->second,
                                       [&](const std::string& text) { return value.matches(text, {}); });
        });
    });
}

}  // namespace countersign::ec2
