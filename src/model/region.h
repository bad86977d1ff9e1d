// Names of AWS regions by their form: us-east-1, eu-central-2, us-gov-west-1, cn-north-1.
#pragma once

#include <span>
#include <string_view>

namespace countersign::model {

// Lower-case words joined by hyphens, two letters first, a number last, at most 32 characters.
bool is_region(std::string_view text);

// Those of AWS's public partitions. Source: AWS General Reference, "AWS Security Token Service endpoints".
std::span<const std::string_view> public_regions();

}  // namespace countersign::model
