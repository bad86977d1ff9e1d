#include <algorithm>

#include "gateway/tags.h"
#include "services/ec2/errors.h"
#include "services/ec2/filters.h"
#include "services/ec2/operations.h"
#include "services/ec2/tag_rules.h"
#include "services/ec2/tagged_records.h"

namespace countersign::ec2 {

namespace {

// A tag with what it is on.
struct PlacedTag {
    std::string id;  // by which they are ordered
    std::string resource;
    std::string_view kind;
    model::Tag tag;
};

std::vector<PlacedTag> placed(const std::vector<TaggedRecord>& records) {
    std::vector<PlacedTag> tags;
    for (const TaggedRecord& record : records)
        for (const model::Tag& tag : record.tags)
            tags.push_back({record.id + '/' + tag.Key, record.id, record.kind, tag});
    return tags;
}

// A tag that is named with its value goes only if it has it; without one, whatever it has.
std::vector<model::Tag> untagged(std::vector<model::Tag> tags,
                                 const std::optional<std::vector<api::Tag>>& removed) {
    std::erase_if(tags, [&](const model::Tag& tag) {
        if (!removed) return !gateway::is_reserved_tag_key(tag.Key);
        return std::ranges::any_of(*removed, [&](const api::Tag& one) {
            return one.Key == tag.Key && one.Value.value_or(tag.Value) == tag.Value;
        });
    });
    return tags;
}

}  // namespace

Result<Nothing> create_tags(const Deps& deps, const Call& call, const api::CreateTagsRequest& input) {
    for (const std::string& id : *input.Resources)
        TRY(change_tags(deps, call, id,
                        [&](std::vector<model::Tag> tags) { return tagged(std::move(tags), *input.Tags); }));
    return Nothing{};
}

Result<Nothing> delete_tags(const Deps& deps, const Call& call, const api::DeleteTagsRequest& input) {
    for (const std::string& id : *input.Resources)
        TRY(change_tags(deps, call, id, [&](std::vector<model::Tag> tags) -> Result<std::vector<model::Tag>> {
            return untagged(std::move(tags), input.Tags);
        }));
    return Nothing{};
}

Result<api::DescribeTagsResult> describe_tags(const Deps& deps, const Call& call,
                                              const api::DescribeTagsRequest& input) {
    const Filters filters =
        TRY(Filters::read(input.Filters, {"key", "resource-id", "resource-type", "tag", "value"}));
    const auto all = TRY(all_tagged(deps, call));
    const auto traits = [](const PlacedTag& one) {
        return Traits{{"key", {one.tag.Key}},
                      {"resource-id", {one.resource}},
                      {"resource-type", {std::string(one.kind)}},
                      {"tag:" + one.tag.Key, {one.tag.Value}},
                      {"value", {one.tag.Value}}};
    };
    const auto page = TRY(filtered_page(placed(all), traits, filters, input));
    api::DescribeTagsResult answer;
    for (const PlacedTag& one : page.items) {
        api::TagDescription& shown = answer.Tags.emplace_back();
        shown.Key = one.tag.Key;
        shown.Value = one.tag.Value;
        shown.ResourceId = one.resource;
        shown.ResourceType = std::string(one.kind);
    }
    answer.NextToken = page.next;
    return answer;
}

}  // namespace countersign::ec2
