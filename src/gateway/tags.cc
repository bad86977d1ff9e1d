#include "gateway/tags.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"

namespace countersign::gateway {

bool same_tag_key(std::string_view one, std::string_view other, TagKeys keys) {
    return keys == TagKeys::case_sensitive ? one == other : lower(one) == lower(other);
}

void put_tag(std::vector<model::Tag>& tags, model::Tag tag, TagKeys keys) {
    std::erase_if(tags, [&](const model::Tag& known) { return same_tag_key(known.Key, tag.Key, keys); });
    tags.push_back(std::move(tag));
}

std::vector<model::Tag> without_tags(std::vector<model::Tag> tags, const std::vector<std::string>& names,
                                     TagKeys keys) {
    std::erase_if(tags, [&](const model::Tag& tag) {
        return std::ranges::any_of(
            names, [&](const std::string& name) { return same_tag_key(name, tag.Key, keys); });
    });
    return tags;
}

bool is_reserved_tag_key(std::string_view key) {
    return lower(key).starts_with("aws:");
}

bool has_repeated_key(const std::vector<model::Tag>& tags, TagKeys keys) {
    std::set<std::string> seen;
    return !std::ranges::all_of(tags, [&](const model::Tag& tag) {
        return seen.insert(keys == TagKeys::case_sensitive ? tag.Key : lower(tag.Key)).second;
    });
}

void put_request_tags(const std::vector<model::Tag>& tags, policy::Context& context) {
    for (const model::Tag& tag : tags) {
        context["aws:requesttag/" + lower(tag.Key)] = {tag.Value};
        context["aws:tagkeys"].push_back(tag.Key);
    }
}

void put_resource_tags(const std::vector<model::Tag>& tags, std::string_view service,
                       policy::Context& context) {
    for (const model::Tag& tag : tags)
        for (const std::string_view prefix : {std::string_view("aws"), service})
            context[fmt::format("{}:resourcetag/{}", prefix, lower(tag.Key))] = {tag.Value};
}

}  // namespace countersign::gateway
