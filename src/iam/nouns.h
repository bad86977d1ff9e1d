// The operations of each noun, each in the file of its name. service.cc puts them together.
#pragma once

#include "iam/rows.h"

namespace countersign::iam {

Rows access_key_operations(const Surroundings& around);
Rows policy_operations(const Surroundings& around);
Rows user_operations(const Surroundings& around);
Rows user_policy_operations(const Surroundings& around);

}  // namespace countersign::iam
