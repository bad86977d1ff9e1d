// Users that are made at their first login (databases/on_demand.h). Which ones were is kept in a schema of
// Countersign's own, by object id: a role that has another's name later is not taken for it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "databases/on_demand.h"
#include "databases/session.h"

namespace countersign::databases {

// Of servers that Countersign runs, the schema lies in rdsadmin's own database, where no user of the server
// reaches, and is made when it is needed. Of others it lies in the database postgres, made by whoever
// administers them, who names the groups there beside the tag: where it is missing, or another role owns any
// of it, nobody is made.
enum class OnDemandPlace { own, attached };

// What makes the schema of an attached server, and names those groups: to be executed as the superuser whose
// sessions the functions below are given. Fault::conflict: a schema of that name is somebody else's, or a
// group is not there or leads further than a user may come.
Result<void> allow_users_on_demand(Session& session, const std::vector<std::string>& groups);
// The groups that it names; nothing: none are made there.
Result<std::optional<std::vector<std::string>>> groups_allowed(Session& session);
// Text of the statements, for people.
std::string users_on_demand_sql(const Session& session, const std::vector<std::string>& groups);
// The roles stay. Nothing is dropped that another role owns.
Result<void> forbid_users_on_demand(Session& session);

// `session` is a superuser's: rdsadmin's, or of an attached server the one that owns the schema. A new user
// is a member of rds_iam and of the groups, with LOGIN and nothing else; one that was retired is put back.
// From PostgreSQL 16 on the master user of a server of ours administers it, as if it had made it.
// Fault::conflict: a group is not there, or leads to what no user may be: rds_superuser, rdsadmin, another
// superuser, a role that may make roles, or one of PostgreSQL's own that reaches the machine.
// Fault::unsupported: the server's owner has not allowed it.
Result<Making> make_user(Session& session, OnDemandPlace place, const UserWish& wish);

// Those that were made on demand and are not retired.
Result<std::vector<std::string>> users_in_service(Session& session);

// Takes one out of service: without LOGIN, and no member of rds_iam by anybody's grant. Nothing is done to a
// role that was not made on demand.
Result<void> retire_user(Session& session, const std::string& user);

// Roles that log in with a password, for pg_hba.conf of a database with users on demand, of a server that
// Countersign runs; at most a thousand.
Result<std::vector<std::string>> password_users(Session& session);

}  // namespace countersign::databases
