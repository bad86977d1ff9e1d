// One connection, handed over to one server. Safe to call from any thread; never blocks.
#pragma once

#include <sys/socket.h>

#include "base/descriptor.h"
#include "base/result.h"
#include "databases/engines/local/door.h"

namespace countersign::databases::local {

// A client's connection, with its address as accept(2) told it.
struct Client {
    Descriptor connection;
    sockaddr_storage address = {};
    socklen_t address_size = sizeof address;
};

// The server's own afterwards: this side's descriptor may be closed. Fault::unavailable or Fault::denied when
// the server did not take it, which may be tried with another then.
Result<void> hand_over(const Client& client, const DoorTarget& target);

}  // namespace countersign::databases::local
