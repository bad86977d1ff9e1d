// Connections that the control plane accepted itself and hands over to this server. No allocation, no locks;
// not for threads: a postmaster has one.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

namespace countersign::hook {

// Who may hand connections over: the user that the control plane runs as.
struct DoorUser {
    bool known;
    uid_t id;
};

// Of a decimal number; unknown for anything else and for null.
DoorUser door_user(const char* text);

using Accept = int(int, sockaddr*, socklen_t*);

// accept(2), by `next`, but for a connection that hands over another: then that one and its peer's address,
// close-on-exec; or -1 with ECONNABORTED where it is not what it has to be. Waits at most 100 ms for it.
int accept_or_take(DoorUser user, Accept* next, int listener, sockaddr* address, socklen_t* size);

}  // namespace countersign::hook
