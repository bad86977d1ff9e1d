// The operations that the services offered here have on AWS, offered or not. Source:
// models/aws_operations.txt.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace countersign::gateway {

// Empty for a service that is not offered.
std::vector<std::string> aws_operations_of(std::string_view signing_name);

bool is_aws_operation(std::string_view signing_name, std::string_view operation);

}  // namespace countersign::gateway
