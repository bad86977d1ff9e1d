#include "agent/pooler.h"

#include <chrono>
#include <string>

#include "agent/server_session.h"
#include "base/deadline.h"

namespace countersign::agent {

namespace {

constexpr auto next_within = std::chrono::seconds(1);

// Of a cluster another server, where one is away: it does not run, or ends or begins just now.
Result<databases::Session> open_session_behind(const databases::ServerView& pooler) {
    const Deadline deadline(next_within);
    Result<databases::Session> session = open_server_session(pooler);
    for (const databases::ServerSocket& socket : pooler.further_sockets) {
        if (session || deadline.passed()) break;
        databases::ServerView other = pooler;
        other.socket_directory = socket.directory;
        other.socket_port = socket.port;
        session = open_server_session(other);
    }
    return session;
}

}  // namespace

login::Membership membership_behind(const databases::ServerView& pooler, const std::string& user) {
    Result<databases::Session> session = open_session_behind(pooler);
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
