// What the PostgreSQL backend around us knows of the connection. What decides is asked through its exported
// functions and never through the layout of its structures; a symbol that is missing means "unknown", which
// the agent refuses. Not for threads: a backend has one. Source of facts: PostgreSQL 14 to 18, `nm -D
// postgres`.
#pragma once

#include "startup.h"
#include "wire/login.h"

namespace countersign::hook {

struct ConnectionFacts {
    wire::Transport transport = wire::Transport::unknown;
    wire::Membership membership = wire::Membership::unknown;
};

// Whether this program is PostgreSQL.
bool is_postgres();

// Whether this process is one of its backends, which has a connection.
bool is_backend();

// Whether this process receives WAL for a standby. Source: miscadmin.h of PostgreSQL 13 to 18.
bool is_wal_receiver();

// Whether the server wants this backend to end, as after pg_terminate_backend() or authentication_timeout.
bool is_ending();

// PostgreSQL may leave this call by longjmp() when it fails; hold nothing that needs giving back.
ConnectionFacts connection_facts(const char* user);

// Whether the user of this moment has the rights of rds_superuser, and acts for itself: not while PostgreSQL
// runs its code for somebody else, as for the one who refreshes its materialized view. May leave by
// longjmp().
bool may_create_extensions();

constexpr unsigned long share_path_bytes = 1024;  // PostgreSQL's MAXPGPATH

// Where this PostgreSQL's shared files are installed, as it reckons itself. False when that is not known.
bool share_path(char (&share)[share_path_bytes]);

// What the client said when it connected; for the audit alone.
void startup_words(const char* user, StartupWords* words);

}  // namespace countersign::hook
