// Whether a process that asks is one of the server's own.
#pragma once

#include "agent/sockets.h"
#include "base/result.h"
#include "databases/server_view.h"

namespace countersign::agent {

// Fault::denied: it is not; Fault::not_found: it has ended. Where one user has several servers, a process is
// told by where it works.
Result<void> check_peer(const Peer& peer, const databases::ServerView& server);

}  // namespace countersign::agent
