// Names of AWS regions by their form: us-east-1, eu-central-2, us-gov-west-1, cn-north-1.
#pragma once

#include <span>
#include <string_view>

namespace countersign::model {

// Lower-case words joined by hyphens, two letters first, a number last, at most 32 characters.
bool is_region(std::string_view text);

// That of a server, and of programs that know none. Version 1 of the AWS CLI sends `aws rds` to AWS itself in
// us-east-1, whatever AWS_ENDPOINT_URL says (its customizations/overridesslcommonname.py), and in no other
// region.
inline constexpr std::string_view default_region = "us-west-2";

// Those of AWS's public partitions. Source: AWS General Reference, "AWS Security Token Service endpoints".
std::span<const std::string_view> public_regions();

}  // namespace countersign::model
