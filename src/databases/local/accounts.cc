#include "databases/local/accounts.h"

#include <fmt/format.h>

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

Result<bool> exists(Session& session, const std::string& catalog_query, const std::string& name) {
    const Rows rows = TRY(session.query(catalog_query, {name}));
    return !rows.empty();
}

Result<void> make_master(Session& session, const Master& master) {
    const std::string name = session.quoted_name(master.username);
    const bool made = TRY(exists(session, "SELECT FROM pg_roles WHERE rolname = $1", master.username));
    std::string sql = fmt::format(
        "{} ROLE {} LOGIN NOSUPERUSER INHERIT CREATEDB CREATEROLE NOREPLICATION VALID UNTIL 'infinity'",
        made ? "ALTER" : "CREATE", name);
    if (!master.verifier.empty()) sql += " PASSWORD " + session.quoted_text(master.verifier.reveal());
    sql += fmt::format("; GRANT rds_superuser TO {}{}", name,
                       master.major >= explicit_grants_from ? " WITH ADMIN OPTION" : "");
    if (master.major >= explicit_grants_from)
        sql += fmt::format("; GRANT rds_iam TO {} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE", name);
    // The owner of a database may create in its schema public, and a new database is a copy of template1.
    for (const char* database : {"postgres", "template1"})
        sql += fmt::format("; ALTER DATABASE {} OWNER TO {}", database, name);
    return session.execute(sql);
}

}  // namespace

Result<void> make_accounts(const ServerHome& home, std::uint16_t port, const Master& master) {
    Session session = TRY(Session::open(home, port));
    TRY(make_master(session, master));
    const std::string& database = master.database_name;
    if (database.empty()) return {};
    const bool made = TRY(exists(session, "SELECT FROM pg_database WHERE datname = $1", database));
    if (made) return {};
    return session.execute(fmt::format("CREATE DATABASE {} OWNER {}", session.quoted_name(database),
                                       session.quoted_name(master.username)));
}

Result<void> set_master_password(Session& session, const Master& master) {
    return session.execute(fmt::format("ALTER ROLE {} PASSWORD {}", session.quoted_name(master.username),
                                       session.quoted_text(master.verifier.reveal())));
}

Result<std::vector<std::string>> formal_members(Session& session) {
    std::vector<std::string> names;
    if (session.server_major() < explicit_grants_from) return names;
    const Rows rows = TRY(session.query(formal_members_query));
    for (const std::vector<std::string>& row : rows) names.push_back(row[0]);
    return names;
}

}  // namespace countersign::databases::local
