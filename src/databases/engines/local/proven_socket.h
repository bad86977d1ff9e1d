// The socket of one server's PostgreSQL, and proof that it is that one's. A server's user may put a link to
// another server's socket in the place of its own. So the kernel is asked who listens at the very socket that
// was connected to, and that has to be the postmaster of the home's record. Safe to call from any thread.
#pragma once

#include <cstdint>

#include "base/descriptor.h"
#include "base/result.h"
#include "databases/engines/local/server_home.h"

namespace countersign::databases::local {

// Connects a stream socket of AF_UNIX, which may be bound and non-blocking. Nothing is sent. Returns the
// socket's place (O_PATH), through which others connect to the same one. Fault::unavailable when nobody
// listens, or the queue of one that does not block is full; Fault::denied when it is another server.
Result<Descriptor> connect_proven(const Descriptor& connecting, const ServerHome& home, std::uint16_t port);

// The same for a connection that nobody needs.
Result<Descriptor> proven_socket(const ServerHome& home, std::uint16_t port);

}  // namespace countersign::databases::local
