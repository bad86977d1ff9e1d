// Who may use replication in one server: on RDS the members of rds_replication may, while PostgreSQL asks for
// the attribute REPLICATION, which no membership passes on. Login roles that inherit rds_replication have it
// here, and nobody else; not through rds_superuser, since PostgreSQL before 16 lets a role that has it be
// altered by superusers alone, and a master alters itself. It is given only where the server's login hook
// keeps those who have it to logical replication (hook/guard.cc): the attribute alone would let them copy the
// whole server. Used by one thread at a time.
#pragma once

#include "base/result.h"
#include "databases/engines/local/server_home.h"
#include "databases/session.h"

namespace countersign::databases::local {

enum class ReplicationGuard {
    unknown,  // the server has not been asked since it started or read its configuration
    in_force,
    missing,
};

// Asks the server for a physical command, and sees whether it is refused.
Result<ReplicationGuard> ask_replication_guard(const ServerHome& home, std::uint16_t port);

// Whether apply_replication() has something to do. Where the guard is unknown it has as soon as anybody may
// use replication.
Result<bool> replication_is_due(Session& session, ReplicationGuard guard);

// Gives and takes the attribute, and ends the replication connections of those who lost it.
Result<void> apply_replication(Session& session, ReplicationGuard guard);

}  // namespace countersign::databases::local
