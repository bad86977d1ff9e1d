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

// Whether the server wants this backend to end, as after pg_terminate_backend() or authentication_timeout.
bool is_ending();

// PostgreSQL may leave this call by longjmp() when it fails; hold nothing that needs giving back.
ConnectionFacts connection_facts(const char* user);

// What the client said when it connected; for the audit alone.
void startup_words(const char* user, StartupWords* words);

}  // namespace countersign::hook
