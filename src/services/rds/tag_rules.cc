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
    if (gateway::is_reserved_tag_key(key) || lower(key).starts_with("rds:"))
        return invalid_value("Tag keys must not begin with aws: or rds:, which are reserved.");
    return {};
}

}  // namespace

Result<std::vector<model::Tag>> tagged(std::vector<model::Tag> tags, const std::vector<api::Tag>& added) {
    for (model::Tag& tag : gateway::tags_from_api(added)) {
        TRY(check_tag(tag.Key, tag.Value));
        gateway::put_tag(tags, std::move(tag), gateway::TagKeys::case_sensitive);
    }
    if (tags.size() > gateway::tags_max)
        return invalid_value(fmt::format("A resource can have at most {} tags.", gateway::tags_max));
    return tags;
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
