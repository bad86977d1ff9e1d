// The filters of Describe operations: each has a name and values with wildcards, and keeps what has one that
// fits. Values.
#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gateway/paging.h"
#include "generated/ec2.h"
#include "model/iam.h"
#include "policy/glob.h"

namespace countersign::ec2 {

// What an item answers to each filter's name.
using Traits = std::map<std::string, std::vector<std::string>, std::less<>>;

inline std::string flag_text(bool flag) {
    return flag ? "true" : "false";
}
// tag:KEY and tag-key.
void add_tags(Traits& traits, const std::vector<model::Tag>& tags);

class Filters {
public:
    // A name that is neither known nor one about tags is refused.
    static Result<Filters> read(const std::optional<std::vector<api::Filter>>& given,
                                std::initializer_list<std::string_view> known);
    // Whether every filter finds one of its values in the traits.
    bool let_through(const Traits& traits) const;

private:
    struct One {
        std::string name;
        std::vector<policy::Pattern> values;

        bool finds(const Traits& traits) const;
    };
    std::vector<One> filters_;
};

// Which of a list are shown: MaxResults of those after NextToken that the filters let through.
template <class Item, class TraitsOf, class Input>
Result<gateway::PageOf<Item>> filtered_page(std::vector<Item> all, TraitsOf traits_of, const Filters& filters,
                                            const Input& input) {
    constexpr std::int64_t shown_max = 1000;
    std::erase_if(all, [&](const Item& item) { return !filters.let_through(traits_of(item)); });
    const std::int64_t most = std::clamp(input.MaxResults.value_or(shown_max), std::int64_t{1}, shown_max);
    return gateway::page_of(std::move(all), [](const Item& item) { return item.id; },
                            {input.NextToken, static_cast<std::size_t>(most), "InvalidParameterValue"});
}

// Those of the given ids, each of which must be there; all where none is given.
template <class Item, class NotFound>
Result<std::vector<Item>> chosen(std::vector<Item> all, const std::optional<std::vector<std::string>>& ids,
                                 NotFound not_found) {
    if (!ids) return all;
    std::vector<Item> found;
    for (const std::string& id : *ids) {
        const auto item = std::ranges::find(all, id, &Item::id);
        if (item == all.end()) return not_found(id);
        if (std::ranges::find(found, id, &Item::id) == found.end()) found.push_back(*item);
    }
    return found;
}

// The records of a list that was loaded.
template <class Stored>
auto records_of(std::vector<Stored> stored) {
    std::vector<decltype(Stored::record)> records;
    records.reserve(stored.size());
    for (Stored& one : stored) records.push_back(std::move(one.record));
    return records;
}

}  // namespace countersign::ec2
