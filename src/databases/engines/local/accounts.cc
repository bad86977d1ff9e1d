#include "databases/engines/local/accounts.h"

#include <fmt/format.h>

#include "databases/engines/local/boundary.h"

namespace countersign::databases::local {

namespace {

constexpr int explicit_grants_from = 16;  // from here on, only who has the ADMIN option grants a role

// A grant by the bootstrap superuser with neither INHERIT nor SET gives nothing but the right to grant: it is
// the one that makes a role's creator its administrator, and the one by which the master may grant rds_iam.
// The +rds_iam of pg_hba.conf counts it all the same. Those whom only such grants lead to rds_iam are members
// in form.
constexpr const char* formal_members_query = R"(
WITH RECURSIVE edge AS (
    SELECT roleid, member, (inherit_option OR set_option OR grantor <> 10) AS real FROM pg_auth_members),
apparent(member) AS (
    SELECT oid FROM pg_roles WHERE rolname = 'rds_iam'
    UNION SELECT e.member FROM edge e JOIN apparent a ON e.roleid = a.member),
meant(member) AS (
    SELECT oid FROM pg_roles WHERE rolname = 'rds_iam'
    UNION SELECT e.member FROM edge e JOIN meant m ON e.roleid = m.member WHERE e.real)
SELECT rolname FROM pg_roles r JOIN apparent a ON a.member = r.oid
WHERE rolcanlogin AND NOT EXISTS (SELECT FROM meant m WHERE m.member = r.oid)
ORDER BY rolname LIMIT 1000)";

// Those that the master could grant and change by CREATEROLE. One that is a member of the master's own cannot
// be granted to it.
constexpr const char* administrable_query = R"(
SELECT r.rolname FROM pg_roles r, pg_roles m
WHERE m.rolname = $1 AND r.oid <> m.oid AND NOT r.rolsuper AND (r.oid >= 16384 OR r.rolname = 'rds_iam')
  AND r.rolname NOT IN ('rds_ad', 'rds_password', 'rds_replication')
  AND NOT pg_has_role(r.oid, m.oid, 'MEMBER'))";

// The bootstrap superuser's own grant that stands keeps what else it gives: without it the master would not
// be a member any more where it is one.
constexpr const char* standing_grant_query =
    "SELECT FROM pg_auth_members WHERE roleid = $1::regrole AND member = $2::regrole AND grantor = 10";

Result<void> give_admin(Session& session, const std::string& role, const std::string& member) {
    const std::string quoted = session.quoted_name(role);
    const std::string to = session.quoted_name(member);
    const Rows standing = TRY(session.query(standing_grant_query, {quoted, to}, 0));
    return session.execute(fmt::format("GRANT {} TO {} WITH ADMIN TRUE{}", quoted, to,
                                       standing.empty() ? ", INHERIT FALSE, SET FALSE" : ""));
}

Result<bool> exists(Session& session, const std::string& catalog_query, const std::string& name) {
    const Rows rows = TRY(session.query(catalog_query, {name}));
    return !rows.empty();
}

// The right to grant rds_iam, and no membership but in form.
std::string iam_grant(std::string_view quoted_name) {
    return fmt::format("; GRANT rds_iam TO {} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE", quoted_name);
}

Result<void> make_master(Session& session, const Master& master) {
    const std::string name = session.quoted_name(master.username);
    const bool made = TRY(exists(session, "SELECT FROM pg_roles WHERE rolname = $1", master.username));
    const bool explicit_grants = session.server_major() >= explicit_grants_from;
    std::string sql = fmt::format(
        "{} ROLE {} LOGIN NOSUPERUSER INHERIT CREATEDB CREATEROLE NOREPLICATION CONNECTION LIMIT -1"
        " VALID UNTIL 'infinity'",
        made ? "ALTER" : "CREATE", name);
    if (!master.verifier.empty()) sql += " PASSWORD " + session.quoted_text(master.verifier.reveal());
    sql += fmt::format("; GRANT rds_superuser TO {}{}", name, explicit_grants ? " WITH ADMIN OPTION" : "");
    if (explicit_grants) sql += iam_grant(name);
    return session.execute(sql);
}

Result<void> make_database(Session& session, const std::string& database, const std::string& owner) {
    const bool made = TRY(exists(session, "SELECT FROM pg_database WHERE datname = $1", database));
    if (made) return {};
    return session.execute(fmt::format("CREATE DATABASE {} OWNER {}", session.quoted_name(database),
                                       session.quoted_name(owner)));
}

// The password comes last: where anything fails, the one of before stays in force, and that is the one which
// the record and the secret tell.
Result<void> restore_once(Session& session, const Master& master) {
    const std::string name = session.quoted_name(master.username);
    TRY(restore_iam_role(session, master.username));
    TRY(make_master(session, {master.username, {}, {}}));
    TRY(make_database(session, "postgres", master.username));
    TRY(
        session.execute(fmt::format("ALTER DATABASE postgres ALLOW_CONNECTIONS true CONNECTION LIMIT -1;"
                                    " GRANT CONNECT ON DATABASE postgres TO {}",
                                    name)));
    return session.execute(
        fmt::format("ALTER ROLE {} PASSWORD {}", name, session.quoted_text(master.verifier.reveal())));
}

}  // namespace

Result<void> make_accounts(Session& session, const Master& master) {
    TRY(make_master(session, master));
    // The owner of a database may create in its schema public, and a new database is a copy of template1.
    for (const char* database : {"postgres", "template1"})
        TRY(session.execute(
            fmt::format("ALTER DATABASE {} OWNER TO {}", database, session.quoted_name(master.username))));
    return master.database_name.empty() ? Result<void>()
                                        : make_database(session, master.database_name, master.username);
}

Result<void> carry_accounts(Session& session, const std::string& master, int from) {
    TRY(restore_iam_role(session, master));
    if (session.server_major() < explicit_grants_from || from >= explicit_grants_from) return {};
    // Before, another role with CREATEROLE could rename it or drop it.
    if (!TRY(exists(session, "SELECT FROM pg_roles WHERE rolname = $1", master))) return {};
    TRY(session.execute(
        fmt::format("GRANT rds_superuser TO {} WITH ADMIN OPTION", session.quoted_name(master))));
    const Rows rows = TRY(session.query(administrable_query, {master}, 1));
    for (const std::vector<std::string>& row : rows) TRY(give_admin(session, row[0], master));
    return {};
}

Result<void> restore_master(Session& session, const Master& master) {
    Result<void> restored = restore_once(session, master);
    if (restored || restored.error().fault != Fault::throttled) return restored;
    TRY(end_lock_holders(session));
    return restore_once(session, master);
}

Result<bool> restore_iam_role(Session& session, const std::string& master) {
    if (TRY(has_iam_role(session))) return false;
    std::string sql = "CREATE ROLE rds_iam NOLOGIN";
    const bool has_master = TRY(exists(session, "SELECT FROM pg_roles WHERE rolname = $1", master));
    if (has_master && session.server_major() >= explicit_grants_from)
        sql += iam_grant(session.quoted_name(master));
    TRY(session.execute(sql));
    return true;
}

Result<std::vector<std::string>> formal_members(Session& session) {
    std::vector<std::string> names;
    if (session.server_major() < explicit_grants_from) return names;
    const Rows rows = TRY(session.query(formal_members_query, {}, 1));
    for (const std::vector<std::string>& row : rows) names.push_back(row[0]);
    return names;
}

}  // namespace countersign::databases::local
