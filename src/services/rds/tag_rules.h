// Tags on RDS's nouns: their rules, and how they are merged. Pure. Source: RDS User Guide, "Tagging Amazon
// RDS resources": 50 tags a resource, keys of 128 characters, values of 256, case-sensitive, "aws:" and
// "rds:" reserved.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "gateway/tags.h"
#include "generated/rds.h"
#include "model/iam.h"

namespace countersign::rds {

// The tags with the new ones added; one with a known key replaces it.
Result<std::vector<model::Tag>> tagged(std::vector<model::Tag> tags, const std::vector<api::Tag>& added);
inline std::vector<model::Tag> untagged(std::vector<model::Tag> tags, const std::vector<std::string>& keys) {
    return gateway::without_tags(std::move(tags), keys, gateway::TagKeys::case_sensitive);
}
inline std::vector<api::Tag> to_api(const std::vector<model::Tag>& tags) {
    return gateway::tags_to_api<api::Tag>(tags);
}

// The tags that a new resource of that kind is given: Tags, and TagSpecifications that name its kind.
Result<std::vector<model::Tag>> first_tags(
    const std::optional<std::vector<api::Tag>>& tags,
    const std::optional<std::vector<api::TagSpecification>>& specifications, std::string_view kind);

}  // namespace countersign::rds
