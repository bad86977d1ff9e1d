#include "agent/pooler.h"

#include <string>

#include "agent/server_session.h"

namespace countersign::agent {

login::Membership membership_behind(const databases::ServerView& pooler, const std::string& user) {
    Result<databases::Session> session = open_server_session(pooler);
    if (!session) return login::Membership::unknown;
    const Result<std::string> is_member = session->value(
        "WITH RECURSIVE role (oid) AS (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = $1 UNION"
        " SELECT granted.roleid FROM pg_catalog.pg_auth_members granted JOIN role ON granted.member = "
        "role.oid)"
        " SELECT EXISTS (SELECT FROM role JOIN pg_catalog.pg_roles USING (oid) WHERE rolname = 'rds_iam')",
        {user});
    if (!is_member) return login::Membership::unknown;
    return *is_member == "t" ? login::Membership::member : login::Membership::outsider;
}

}  // namespace countersign::agent
