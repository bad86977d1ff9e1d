#include "services/ec2/tag_rules.h"

#include "base/text.h"
#include "gateway/tags.h"
#include "gateway/text_pattern.h"
#include "services/ec2/errors.h"

namespace countersign::ec2 {

namespace {

Result<void> check_tag(const model::Tag& tag) {
    constexpr std::size_t key_characters_max = 127;
    constexpr std::size_t value_characters_max = 255;
    const auto key = gateway::characters_of(tag.Key);
    const auto value = gateway::characters_of(tag.Value);
    if (tag.Key.empty()) return missing("Tag.Key");
    if (gateway::is_reserved_tag_key(tag.Key))
        return Error{Fault::invalid, "Tag keys starting with 'aws:' are reserved for internal use",
                     "InvalidParameterValue"};
    if (!key || key->size() > key_characters_max)
        return Error{Fault::invalid,
                     fmt::format("Tag key exceeds the maximum length of {} characters", key_characters_max),
                     "InvalidParameterValue"};
    if (!value || value->size() > value_characters_max)
        return Error{
            Fault::invalid,
            fmt::format("Tag value exceeds the maximum length of {} characters", value_characters_max),
            "InvalidParameterValue"};
    return {};
}

}  // namespace

Result<std::vector<model::Tag>> tagged(std::vector<model::Tag> tags, const std::vector<api::Tag>& added) {
    for (model::Tag& tag : gateway::tags_from_api(added)) {
        TRY(check_tag(tag));
        gateway::put_tag(tags, std::move(tag), gateway::TagKeys::case_sensitive);
    }
    if (tags.size() > gateway::tags_max)
        return Error{Fault::conflict, "The maximum number of Tags for a resource has been reached.",
                     "TagLimitExceeded"};
    return tags;
}

Result<std::vector<model::Tag>> first_tags(const TagSpecifications& specifications, std::string_view kind) {
    std::vector<model::Tag> tags;
    for (const api::TagSpecification& one : specifications.value_or(std::vector<api::TagSpecification>())) {
        if (one.ResourceType != kind)
            return Error{Fault::invalid,
                         fmt::format("'{}' is not a valid taggable resource type for this operation.",
                                     one.ResourceType.value_or("")),
                         "InvalidParameterValue"};
        tags = TRY(tagged(std::move(tags), one.Tags.value_or(std::vector<api::Tag>())));
    }
    return tags;
}

}  // namespace countersign::ec2
