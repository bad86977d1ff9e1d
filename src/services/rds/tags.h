// Operations on the tags of clusters, instances, subnet groups and parameter groups, which are named by ARN.
#pragma once

#include "gateway/operation.h"
#include "generated/rds.h"
#include "services/rds/service.h"

namespace countersign::rds {

Result<gateway::Nothing> add_tags(const Deps& deps, const gateway::Call& call,
                                  const api::AddTagsToResourceMessage& input);
Result<api::TagListMessage> list_tags(const Deps& deps, const gateway::Call& call,
                                      const api::ListTagsForResourceMessage& input);
Result<gateway::Nothing> remove_tags(const Deps& deps, const gateway::Call& call,
                                     const api::RemoveTagsFromResourceMessage& input);

// The ARN to authorise on, spelled as the resource's own is.
std::vector<std::string> tagged_resource(const gateway::Call& call, const std::string& arn);

}  // namespace countersign::rds
