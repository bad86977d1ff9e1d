// What a walsender of a server of the control plane's own may do: logical replication, and nothing that
// copies the whole server. PostgreSQL lets whoever has the attribute REPLICATION send any replication
// command, also over a connection to one database: BASE_BACKUP and START_REPLICATION PHYSICAL hand out every
// database and every password's verifier. Source of facts: exec_replication_command() in walsender.c,
// repl_scanner.l and repl_gram.y of PostgreSQL 13 to 18.
#pragma once

namespace countersign::hook {

enum class ReplicationCommand {
    none,     // SQL, or nothing
    logical,  // what logical replication needs
    refused,  // everything else
};

// What PostgreSQL takes `text` for, that a walsender was sent. Where it might take it for a replication
// command, it is none of SQL: at worst SQL that begins as one does is refused.
ReplicationCommand replication_command(const char* text);

}  // namespace countersign::hook
