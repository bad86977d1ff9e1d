// Who counts as one client of the network.
#pragma once

#include <string>

namespace countersign {

// The client that an address belongs to: an IPv4 address by itself; of IPv6, where everybody has 2^64
// addresses to choose from, the network. What is no address is a client of its own.
std::string network_of(const std::string& address);

}  // namespace countersign
