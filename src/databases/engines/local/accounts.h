// What Countersign does inside a server: the master user and its database, a new master password, and who is
// a member of rds_iam in form only.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "databases/session.h"

namespace countersign::databases::local {

struct Master {
    std::string username;
    Secret verifier;            // SCRAM-SHA-256$…
    std::string database_name;  // made beside `postgres`; may be empty
};

// May be repeated, as it may have been cut short.
Result<void> make_accounts(Session& session, const Master& master);

// The master user with this password and all its rights, and a database `postgres` that it can connect to,
// whatever has become of them: as on RDS, this is how an owner who locked themself out comes in again.
// Whoever holds a lock on them is ended.
Result<void> restore_master(Session& session, const Master& master);

// Makes rds_iam where it is gone, for the master to grant as before; returns whether it was gone.
Result<bool> restore_iam_role(Session& session, const std::string& master);

// After an upgrade from that major version: the master may do what it could before. From 16 on only who has
// the ADMIN option of a role may grant or change it, which CREATEROLE alone gave before.
Result<void> carry_accounts(Session& session, const std::string& master, int from);

// See AccessFacts::formal_members. Empty before version 16.
Result<std::vector<std::string>> formal_members(Session& session);

}  // namespace countersign::databases::local
