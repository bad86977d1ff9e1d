#include "agent/peer_check.h"

#include <signal.h>

#include <cerrno>
#include <filesystem>

namespace countersign::agent {

namespace {

// Of whatever user.
Result<void> check_alive(int pid) {
    if (::kill(pid, 0) == 0 || errno != ESRCH) return {};
    return Error{Fault::not_found, "the asking process has ended"};
}

}  // namespace

Result<void> check_peer(const Peer& peer, const databases::ServerView& server) {
    const Error foreign_peer{Fault::denied, "not a process of this server"};
    if (peer.uid != server.owner) return foreign_peer;
    if (server.sole_owner) return check_alive(peer.pid);
    const std::filesystem::path place = TRY(working_directory_of(peer.pid));
    if (place != server.data_directory) return foreign_peer;
    return {};
}

}  // namespace countersign::agent
