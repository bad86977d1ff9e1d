// Sockets that listen as PostgreSQL's would. Safe to call from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"

namespace countersign::databases::local {

// At every address of the loopback, or of this machine. The sockets do not block. An address or family that
// the machine lacks is no hindrance; Fault::unavailable when another has the port, or nothing is left.
enum class Reach { loopback, everywhere };
Result<std::vector<Descriptor>> listen_at(Reach reach, std::uint16_t port);

// The same for the addresses of one host. May wait for the name.
Result<std::vector<Descriptor>> listen_at_host(const std::string& host, std::uint16_t port);

}  // namespace countersign::databases::local
