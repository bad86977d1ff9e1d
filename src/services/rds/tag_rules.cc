#include "services/rds/tag_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "services/rds/validation.h"

namespace countersign::rds {

namespace {

// Characters of UTF-8: its bytes but those that continue one.
std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

Result<void> check_tag(const std::string& key, const std::string& value) {
    constexpr std::size_t key_characters_max = 128;
    constexpr std::size_t value_characters_max = 256;
    if (key.empty() || characters(key) > key_characters_max)
        return invalid_value(fmt::format("Tag keys must have 1 to {} characters.", key_characters_max));
    if (characters(value) > value_characters_max)
        return invalid_value(
            fmt::format("Tag values must have at most {} characters.", value_characters_max));
    const std::string lowered = lower(key);
    if (lowered.starts_with("aws:") || lowered.starts_with("rds:"))
        return invalid_value("Tag keys must not begin with aws: or rds:, which are reserved.");
    return {};
}

}  // namespace

Result<std::vector<model::Tag>> tagged(std::vector<model::Tag> tags, const std::vector<api::Tag>& added) {
    constexpr std::size_t tags_max = 50;
    for (const api::Tag& tag : added) {
        const std::string key = tag.Key.value_or("");
        const std::string value = tag.Value.value_or("");
        TRY(check_tag(key, value));
        std::erase_if(tags, [&](const model::Tag& known) { return known.Key == key; });
        tags.push_back({key, value});
    }
    if (tags.size() > tags_max)
        return invalid_value(fmt::format("A resource can have at most {} tags.", tags_max));
    return tags;
}

std::vector<model::Tag> untagged(std::vector<model::Tag> tags, const std::vector<std::string>& keys) {
    std::erase_if(tags, [&](const model::Tag& tag) { return std::ranges::count(keys, tag.Key) > 0; });
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

Result<std::vector<model::Tag>> first_tags(
    const std::optional<std::vector<api::Tag>>& tags,
    const std::optional<std::vector<api::TagSpecification>>& specifications, std::string_view kind) {
    const std::vector<api::Tag> none;
    std::vector<model::Tag> all = TRY(tagged({}, tags.value_or(none)));
    if (!specifications) return all;
    for (const api::TagSpecification& specification : *specifications) {
        if (specification.ResourceType != kind)
            return invalid_value(fmt::format("Tags can be specified for the resource type {} only.", kind));
        all = TRY(tagged(std::move(all), specification.Tags.value_or(none)));
    }
    return all;
}

}  // namespace countersign::rds
