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

bool Filters::One::finds(const Traits& traits) const {
    const auto trait = traits.find(name);
    if (trait == traits.end()) return false;
    for (const std::string& text : trait->second)
        if (std::ranges::any_of(values, [&](const auto& value) { return value.matches(text, {}); }))
            return true;
    return false;
}

bool Filters::let_through(const Traits& traits) const {
    return std::ranges::all_of(filters_, [&](const One& filter) { return filter.finds(traits); });
}

}  // namespace countersign::ec2
