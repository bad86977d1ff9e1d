// Tags on resources, as every service has them. What a service allows beside is its own.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "model/iam.h"
#include "policy/policy.h"

namespace countersign::gateway {

inline constexpr std::size_t tags_max = 50;

// How a service compares the keys of tags.
enum class TagKeys { case_sensitive, case_insensitive };

bool same_tag_key(std::string_view one, std::string_view other, TagKeys keys);

// One with the same key is replaced.
void put_tag(std::vector<model::Tag>& tags, model::Tag tag, TagKeys keys);
std::vector<model::Tag> without_tags(std::vector<model::Tag> tags, const std::vector<std::string>& names,
                                     TagKeys keys);

// Whether a key begins with "aws:", however that is spelled.
bool is_reserved_tag_key(std::string_view key);
bool has_repeated_key(const std::vector<model::Tag>& tags, TagKeys keys);

// aws:RequestTag/KEY and aws:TagKeys: the tags that a request gives.
void put_request_tags(const std::vector<model::Tag>& tags, policy::Context& context);
// aws:ResourceTag/KEY and SERVICE:ResourceTag/KEY: the tags of what is called on.
void put_resource_tags(const std::vector<model::Tag>& tags, std::string_view service,
                       policy::Context& context);

// Between a service's own type of a tag and the records'.
template <class ApiTag>
std::vector<ApiTag> tags_to_api(const std::vector<model::Tag>& tags) {
    std::vector<ApiTag> answer;
    for (const model::Tag& tag : tags) {
        ApiTag& last = answer.emplace_back();
        last.Key = tag.Key;
        last.Value = tag.Value;
    }
    return answer;
}

template <class ApiTag>
std::vector<model::Tag> tags_from_api(const std::vector<ApiTag>& tags) {
    std::vector<model::Tag> records;
    records.reserve(tags.size());
    for (const ApiTag& tag : tags) records.push_back({tag.Key.value_or(""), tag.Value.value_or("")});
    return records;
}

}  // namespace countersign::gateway
