#include "grants/server.h"

#include <fmt/format.h>

#include <algorithm>

namespace countersign::grants {

namespace {

// From here on a grant has options of its own, and is its grantor's to take back.
constexpr int grants_have_grantors_from = 16;

constexpr const char* roles_sql = "SELECT rolname, rolcanlogin, rolsuper FROM pg_roles";

// {}: the grantor's name.
constexpr const char* memberships_sql =
    "SELECT r.rolname, m.rolname, {} FROM pg_auth_members a JOIN pg_roles r ON r.oid = a.roleid "
    "JOIN pg_roles m ON m.oid = a.member LEFT JOIN pg_roles g ON g.oid = a.grantor";

constexpr const char* databases_sql = "SELECT d.datname, pg_get_userbyid(d.datdba) FROM pg_database d";

constexpr const char* connect_sql =
    "SELECT d.datname, CASE a.grantee WHEN 0 THEN '' ELSE pg_get_userbyid(a.grantee) END "
    "FROM pg_database d, LATERAL aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a "
    "WHERE a.privilege_type = 'CONNECT'";

std::string needs(const Change& change) {
    if (change.kind == "grantConnect" || change.kind == "revokeConnect")
        return "this needs the database's owner; name it with --user";
    return "this needs CREATEROLE and ADMIN OPTION on the role: the master user of a database of RDS's kind, "
           "a "
           "superuser of an attached one; name it with --user";
}

}  // namespace

Result<Observed> observe(databases::Session& session) {
    Observed observed;
    observed.current_user = TRY(session.value("SELECT current_user"));
    for (const auto& row : TRY(session.query(roles_sql, {}, 3)))
        observed.roles[row[0]] = {row[1] == "t", row[2] == "t"};
    const bool own_grantors = session.server_major() >= grants_have_grantors_from;
    const std::string grants =
        fmt::format(fmt::runtime(memberships_sql), own_grantors ? "coalesce(g.rolname, '')" : "''");
    for (const auto& row : TRY(session.query(grants, {}, 3)))
        observed.memberships.insert({row[0], row[1], row[2]});
    for (const auto& row : TRY(session.query(databases_sql, {}, 2)))
        observed.databases[row[0]].owner = row[1];
    for (const auto& row : TRY(session.query(connect_sql, {}, 2)))
        observed.databases[row[0]].connect.insert(row[1]);
    return observed;
}

Result<void> apply(databases::Session& session, const std::vector<Change>& changes) {
    TRY(session.execute("BEGIN"));
    for (const Change& change : changes) {
        const Result<void> done = session.execute(change.sql);
        if (done) continue;
        const Result<void> undone = session.execute("ROLLBACK");
        const std::string_view left = undone ? "nothing was changed" : "the connection was lost";
        return Error{Fault::denied,
                     fmt::format("{}: {}; {}. {}", change.sql, done.error().message, left, needs(change))};
    }
    return session.execute("COMMIT");
}

}  // namespace countersign::grants
