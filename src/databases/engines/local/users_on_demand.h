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
// LOGIN and nothing else. Fault::conflict: a group is not there, or leads to what no user may be:
// rds_superuser, rdsadmin, another superuser, a role that may make roles, or one of PostgreSQL's own that
// reaches the machine.
Result<Making> make_user(Session& session, const UserWish& wish);

// Roles that log in with a password, for pg_hba.conf of a database with users on demand; at most a thousand.
Result<std::vector<std::string>> password_users(Session& session);

}  // namespace countersign::databases::local
