// The addresses of this machine's interfaces, loopback among them.
#pragma once

#include <vector>

#include "policy/values.h"

namespace countersign::databases::local {

// In order, so that two answers can be compared. Loopback is there whatever the kernel says.
std::vector<policy::Network> own_addresses();

}  // namespace countersign::databases::local
