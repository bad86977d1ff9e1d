// The agent's end of its unix sockets. Descriptors are owned by the Descriptor that holds them.
#pragma once

#include <filesystem>
#include <string>

#include "base/descriptor.h"
#include "base/result.h"

namespace countersign::agent {

// Who may connect: this user, or whoever may enter the socket's directory.
enum class Callers { own, of_directory };

// Listens there in the place of a socket that an earlier run left. The path has at most 107 bytes.
Result<Descriptor> listen_at(const std::filesystem::path& path, Callers callers = Callers::own);

// Removes a socket at which nobody listens; anything else stays.
void remove_left_socket(const std::filesystem::path& path);

// Gives the socket to that user. Nothing else that may lie there by now is given to anybody.
Result<void> give_socket(const std::filesystem::path& path, unsigned owner);

// Who is at the other end, as the kernel knows it.
struct Peer {
    int pid = 0;
    unsigned uid = 0;
};
Result<Peer> peer_of(int connection);

// Where a process of this user works: a PostgreSQL backend does in its data directory. Fault::not_found: it
// has ended.
Result<std::filesystem::path> working_directory_of(int pid);

// One whole message, waited for no longer than the deadline of a login; empty when there was none.
// Of one that is longer, one byte more than that.
std::string receive_message(int connection, std::size_t bytes_max);
void send_message(int connection, const std::string& message);

}  // namespace countersign::agent
