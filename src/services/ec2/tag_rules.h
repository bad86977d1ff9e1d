// What EC2 allows of tags. Pure. Source: Amazon EC2 User Guide, "Tag your Amazon EC2 resources": 50 a
// resource, keys of 127 characters, values of 255, case-sensitive, "aws:" reserved.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "generated/ec2.h"
#include "model/iam.h"
#include "services/ec2/resources.h"

namespace countersign::ec2 {

// The tags with the new ones added; one with a known key replaces it.
Result<std::vector<model::Tag>> tagged(std::vector<model::Tag> tags, const std::vector<api::Tag>& added);
// The tags that a new resource of that kind is given.
Result<std::vector<model::Tag>> first_tags(const TagSpecifications& specifications, std::string_view kind);

}  // namespace countersign::ec2
