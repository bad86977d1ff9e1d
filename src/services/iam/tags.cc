#include "services/iam/tags.h"

#include <algorithm>

namespace countersign::iam {

Result<std::vector<model::Tag>> tagged(std::vector<model::Tag> tags, const std::vector<api::Tag>& added) {
    const std::vector<model::Tag> given = gateway::tags_from_api(added);
    if (gateway::has_repeated_key(given, gateway::TagKeys::case_insensitive))
        return Error{Fault::invalid,
                     "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
                     "InvalidInput"};
    if (std::ranges::any_of(given, gateway::is_reserved_tag_key, &model::Tag::Key))
        return Error{Fault::invalid, "Tag keys beginning with aws: are reserved.", "InvalidInput"};
    for (const model::Tag& tag : given) gateway::put_tag(tags, tag, gateway::TagKeys::case_insensitive);
    if (tags.size() > gateway::tags_max)
        return Error{Fault::conflict, "The number of tags has reached the maximum limit.", "LimitExceeded"};
    return tags;
}

}  // namespace countersign::iam
