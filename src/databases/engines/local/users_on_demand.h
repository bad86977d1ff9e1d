// Users that are made at their first login (databases/on_demand.h). Which ones were is kept in the database
// of rdsadmin's own, by object id, where no user of the server reaches: a role that has another's name later
// is not taken for it.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "databases/on_demand.h"
#include "databases/session.h"

namespace countersign::databases::local {

// `session` is rdsadmin's, in its own database. A new user is a member of rds_iam and of the groups, with
// LOGIN and nothing else; one that was retired is put back. Fault::conflict: a group is not there, or leads
// to what no user may be: rds_superuser, rdsadmin, another superuser, a role that may make roles, or one of
// PostgreSQL's own that reaches the machine.
Result<Making> make_user(Session& session, const UserWish& wish);

// Those that were made on demand and are not retired.
Result<std::vector<std::string>> users_in_service(Session& session);

// Takes one out of service: without LOGIN, and no member of rds_iam by our grant. Nothing is done to a role
// that was not made on demand.
Result<void> retire_user(Session& session, const std::string& user);

// Roles that log in with a password, for pg_hba.conf of a database with users on demand; at most a thousand.
Result<std::vector<std::string>> password_users(Session& session);

}  // namespace countersign::databases::local
