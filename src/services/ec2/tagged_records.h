// Tags of whatever has an id: VPCs, subnets, security groups, their rules, prefix lists.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "services/ec2/resources.h"

namespace countersign::ec2 {

// What a right is needed on to tag it. Refused with InvalidID where no kind has such ids.
Result<Target> target_of_id(const Deps& deps, const gateway::Call& call, std::string_view id);

// Everything that has tags, with them.
struct TaggedRecord {
    std::string id;
    std::string_view kind;
    std::vector<model::Tag> tags;
};
Result<std::vector<TaggedRecord>> all_tagged(const Deps& deps, const gateway::Call& call);

// A change of tags; refused with the kind's own NotFound where nothing has the id.
using TagChange = std::function<Result<std::vector<model::Tag>>(std::vector<model::Tag>)>;
Result<void> change_tags(const Deps& deps, const gateway::Call& call, std::string_view id,
                         const TagChange& change);

}  // namespace countersign::ec2
