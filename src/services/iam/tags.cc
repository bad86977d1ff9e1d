#include "services/iam/tags.h"

#include <algorithm>
#include <set>

#include "base/text.h"

namespace countersign::iam {

Result<std::vector<model::Tag>> tagged(std::vector<model::Tag> tags, const std::vector<api::Tag>& added) {
    constexpr std::size_t tags_max = 50;
    std::set<std::string> seen;
    for (const api::Tag& tag : added) {
        const std::string name = lower(tag.Key.value_or(""));
        if (!seen.insert(name).second)
            return Error{Fault::invalid,
                         "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
                         "InvalidInput"};
        if (name.starts_with("aws:"))
            return Error{Fault::invalid, "Tag keys beginning with aws: are reserved.", "InvalidInput"};
        std::erase_if(tags, [&](const model::Tag& known) { return lower(known.Key) == name; });
        tags.push_back({tag.Key.value_or(""), tag.Value.value_or("")});
    }
    if (tags.size() > tags_max)
        return Error{Fault::conflict, "The number of tags has reached the maximum limit.", "LimitExceeded"};
    return tags;
}

std::vector<model::Tag> untagged(std::vector<model::Tag> tags, const std::vector<std::string>& names) {
    std::erase_if(tags, [&](const model::Tag& tag) {
        return std::ranges::any_of(names,
                                   [&](const std::string& name) { return lower(name) == lower(tag.Key); });
    });
    return tags;
}

std::vector<api::Tag> to_api(const std::vector<model::Tag>& tags) {
    std::vector<api::Tag> answer;
    for (const model::Tag& tag : tags) {
        api::Tag& last = answer.emplace_back();
        last.Key = tag.Key;
        last.Value = tag.Value;
    }
    return answer;
}

}  // namespace countersign::iam
