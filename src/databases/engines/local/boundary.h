// The boundary inside one PostgreSQL server between its users, its master included, and what is
// Countersign's: which roles RDS's own are, which of PostgreSQL's predefined roles a master may grant, and
// who may be a superuser. What crosses it is found and put right. Used by one thread at a time.
//
// Sources: PostgreSQL documentation, Predefined Roles; Amazon RDS User Guide, "Understanding the
// rds_superuser role"; PostgreSQL 15's user.c: whoever has CREATEROLE may grant every role that is no
// superuser, and "must be superuser to alter superusers"; from 16 on only who has the ADMIN option may grant
// a role.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "databases/session.h"

namespace countersign::databases::local {

// RDS's own roles, what rds_superuser may grant, and the mark on those predefined roles that nobody may: one
// statement a line, each of which may be repeated. It is what a template begins with. Version 14 to 15 know
// no other predefined roles than these and those that are harmless; later ones need the ADMIN option.
std::string roles_recipe(int major);

// Makes the database of rdsadmin's own, one statement a line.
std::string own_database_recipe();

// For a server of an earlier version, in single-user mode, one statement a line; it may be repeated. What its
// users hold that reaches the machine is taken away, and a database of theirs that has the name is renamed.
std::string upgrade_recipe();
bool is_upgraded(std::string_view said);  // from what single-user mode printed

// After an upgrade to another major version, in single-user mode, one statement a line: what is to be so of
// that version's predefined roles before anybody connects.
std::string carried_recipe(int major);

struct Breach {
    enum class Kind {
        superuser,     // `role` is one, and is not rdsadmin
        member,        // `role` is a member of `of`, which reaches the machine or is rdsadmin
        grantable,     // `role` is not marked, so that a master could grant it
        missing_role,  // `role` is one of RDS's own and is gone
    };
    Kind kind = Kind::superuser;
    std::string role;
    std::string of = {};
    friend bool operator==(const Breach&, const Breach&) = default;
};

// For an event: what was found, and that it has been put right.
std::string text_of(const Breach& breach);

// What has crossed the boundary; a hundred at most at once. rds_iam is not among what is missing: whoever
// drops it turns IAM authentication off.
Result<std::vector<Breach>> find_breaches(Session& session);

// Where somebody was more than a user may be, all sessions of the server's users end.
Result<void> mend(Session& session, const std::vector<Breach>& breaches);

// Ends backends that hold more than a reader's lock on the lists of roles and databases: a change of ours
// waits for their end.
Result<void> end_lock_holders(Session& session);

Result<bool> has_iam_role(Session& session);

}  // namespace countersign::databases::local
