// Which databases use what lies in a network.
#pragma once

#include <string_view>

#include "network/region.h"
#include "store/store.h"

namespace countersign::ec2 {

// Whether a database is in a subnet group that has this subnet.
Result<bool> is_subnet_used(store::Store& store, const network::Place& place, std::string_view subnet);
// Whether a database is in this security group.
Result<bool> is_group_used(store::Store& store, const network::Place& place, std::string_view group);

}  // namespace countersign::ec2
