// Whose process is at the other end of a connection of this machine. Sources: unix(7), SO_PEERCRED;
// sock_diag(7).
#pragma once

#include <sys/types.h>

#include "base/result.h"

namespace countersign::proxy {

// The user who made the other end of a connected socket: of a unix socket, or of TCP over a loopback address.
// Fault::denied where the kernel does not say.
Result<uid_t> peer_user(int socket);

// Fault::denied unless it is this process's own user.
Result<void> check_peer(int socket);

}  // namespace countersign::proxy
