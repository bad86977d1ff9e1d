// Tags on IAM's nouns: their rules, and how they are merged. Source: IAM User Guide, "Rules for tagging".
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "gateway/tags.h"
#include "generated/iam.h"
#include "model/iam.h"

namespace countersign::iam {

// The tags with the new ones added; one with a known key (whatever its case) replaces it.
// InvalidInput: a key twice in one request, or one that begins with "aws:". LimitExceeded: more than 50.
Result<std::vector<model::Tag>> tagged(std::vector<model::Tag> tags, const std::vector<api::Tag>& added);
inline std::vector<model::Tag> untagged(std::vector<model::Tag> tags, const std::vector<std::string>& names) {
    return gateway::without_tags(std::move(tags), names, gateway::TagKeys::case_insensitive);
}
inline std::vector<api::Tag> to_api(const std::vector<model::Tag>& tags) {
    return gateway::tags_to_api<api::Tag>(tags);
}

}  // namespace countersign::iam
