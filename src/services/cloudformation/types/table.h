// The rows, a file a service.
#pragma once

#include <vector>

#include "services/cloudformation/types/type.h"

namespace countersign::cloudformation {

const std::vector<Type>& all_types();

std::vector<Type> principal_types();       // IAM's users, groups and roles
std::vector<Type> policy_types();          // IAM's policies, and what belongs to principals
std::vector<Type> provider_types();        // IAM's identity providers
std::vector<Type> network_types();         // EC2
std::vector<Type> database_types();        // RDS's clusters and instances
std::vector<Type> database_group_types();  // RDS's subnet and parameter groups

}  // namespace countersign::cloudformation
