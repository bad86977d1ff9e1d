// A connection to a server of this machine as rdsadmin, over the server's own socket.
#pragma once

#include <cstdint>
#include <string>

#include "databases/engines/local/server_home.h"
#include "databases/session.h"

namespace countersign::databases::local {

// Fault::denied when another server answers there.
Result<Session> open_session(const ServerHome& home, std::uint16_t port,
                             const std::string& database = own_database);

// A walsender's connection to the database of rdsadmin's own; only execute() works on it.
Result<Session> open_replication_session(const ServerHome& home, std::uint16_t port);

}  // namespace countersign::databases::local
