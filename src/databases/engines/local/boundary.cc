#include "databases/engines/local/boundary.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "databases/predefined_roles.h"

namespace countersign::databases::local {

namespace {

constexpr int checkpoint_role_from = 15;

// These reach the machine's files and programs, or read and write whatever there is, verifiers included.
constexpr const char* forbidden_roles =
    "'pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files', 'pg_read_all_data', "
    "'pg_write_all_data'";

// Whoever is a member of another predefined role than these can do more than RDS lets a master do. Of one
// that is marked a member could become a superuser, by SET ROLE.
std::string harmless_roles() {
    return fmt::format("'{}'", fmt::join(harmless_predefined_roles, "', '"));
}

constexpr std::array own_roles = {"rds_superuser", "rds_iam", "rds_ad", "rds_password", "rds_replication"};

std::string mark_sql() {
    return fmt::format(
        "UPDATE pg_catalog.pg_authid SET rolsuper = true WHERE rolname IN ({}) AND NOT rolsuper",
        forbidden_roles);
}

std::string grants_sql(int major) {
    return fmt::format(
        "GRANT pg_monitor, pg_signal_backend, {}rds_password, rds_replication TO rds_superuser "
        "WITH ADMIN OPTION",
        major >= checkpoint_role_from ? "pg_checkpoint, " : "");
}

// By object id and in the catalogs themselves: a name may be in no encoding that a statement can be in.
std::string no_members_sql() {
    return fmt::format(
        "DELETE FROM pg_catalog.pg_auth_members WHERE roleid IN (SELECT oid FROM "
        "pg_catalog.pg_authid WHERE oid = 10 OR (rolname ~ '^pg_' AND rolname NOT IN ({})))",
        harmless_roles());
}

std::string no_superusers_sql() {
    return fmt::format(
        "UPDATE pg_catalog.pg_authid SET rolsuper = false WHERE rolsuper AND oid <> 10 AND "
        "rolname NOT IN ({})",
        forbidden_roles);
}

// The first column is a Breach::Kind; 10 is the object id of the role that initdb makes: rdsadmin.
std::string breaches_sql() {
    return fmt::format(
        "(SELECT 0, r.rolname, '' FROM pg_catalog.pg_roles r WHERE r.rolsuper AND r.oid <> 10"
        " AND r.rolname NOT IN ({forbidden})"
        " UNION ALL SELECT 1, m.rolname, g.rolname FROM pg_catalog.pg_auth_members a"
        " JOIN pg_catalog.pg_roles g ON g.oid = a.roleid JOIN pg_catalog.pg_roles m ON m.oid = a.member"
        " WHERE g.oid = 10 OR (g.rolname ~ '^pg_' AND g.rolname NOT IN ({harmless}))"
        " UNION ALL SELECT 2, r.rolname, '' FROM pg_catalog.pg_roles r WHERE NOT r.rolsuper"
        " AND r.rolname IN ({forbidden})"
        " UNION ALL SELECT 3, name, '' FROM pg_catalog.unnest(ARRAY['rds_superuser', 'rds_ad', "
        "'rds_password',"
        " 'rds_replication']) AS name WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = "
        "name))"
        " LIMIT 100",
        fmt::arg("forbidden", forbidden_roles), fmt::arg("harmless", harmless_roles()));
}

// Who was more than a user may be may have taken that on in a session that is open.
constexpr const char* end_sessions_sql =
    "SELECT pg_catalog.pg_terminate_backend(pid, 1000) FROM pg_catalog.pg_stat_activity WHERE backend_type "
    "IN "
    "('client backend', 'walsender') AND usesysid <> 10";

Result<void> take_away(Session& session) {
    TRY(session.execute(no_members_sql() + "; " + mark_sql() + "; " + no_superusers_sql()));
    TRY(session.query(end_sessions_sql));
    return {};
}

Result<void> take_away_from_all(Session& session) {
    Result<void> taken = take_away(session);
    if (taken || taken.error().fault != Fault::throttled) return taken;
    TRY(end_lock_holders(session));
    return take_away(session);
}

}  // namespace

std::string roles_recipe(int major) {
    std::string recipe;
    for (const char* role : own_roles) recipe += fmt::format("CREATE ROLE {} NOLOGIN;\n", role);
    return recipe + grants_sql(major) + ";\n" + mark_sql() + ";\n";
}

std::string carried_recipe(int major) {
    return fmt::format("{};\n{};\n{};\n{};\n", no_members_sql(), mark_sql(), no_superusers_sql(),
                       grants_sql(major));
}

std::string own_database_recipe() {
    return fmt::format("CREATE DATABASE {0} TEMPLATE template0;\nREVOKE ALL ON DATABASE {0} FROM PUBLIC;\n",
                       own_database);
}

std::string upgrade_recipe() {
    return fmt::format(
        "DO $$ DECLARE one oid; BEGIN SELECT oid INTO one FROM pg_catalog.pg_database WHERE datname = '{0}' "
        "AND"
        " datdba <> 10; IF FOUND THEN EXECUTE format('ALTER DATABASE {0} RENAME TO %I', '{0}_' || one); END "
        "IF;"
        " END $$;\n"
        "{1};\n{2};\n{3}",
        own_database, no_members_sql(), mark_sql(), own_database_recipe());
}

bool is_upgraded(std::string_view said) {
    const auto is_fault = [](std::string_view line) {
        return (line.find("ERROR:") != line.npos || line.find("FATAL:") != line.npos) &&
               line.find(fmt::format("database \"{}\" already exists", own_database)) == line.npos;
    };
    return std::ranges::none_of(split(said, '\n'), is_fault);
}

std::string text_of(const Breach& breach) {
    switch (breach.kind) {
        case Breach::Kind::superuser:
            return fmt::format("The role {} was a superuser; it is none any more", breach.role);
        case Breach::Kind::member:
            return fmt::format("The role {} was a member of {}, which is nobody's; it is none any more",
                               breach.role, breach.of);
        case Breach::Kind::grantable:
            return fmt::format("The role {} can be granted by superusers alone from now on", breach.role);
        case Breach::Kind::missing_role:
            return fmt::format("The role {} was gone and has been made again, without members", breach.role);
    }
    return {};
}

Result<std::vector<Breach>> find_breaches(Session& session) {
    const Rows rows = TRY(session.query(breaches_sql(), {}, 3));
    std::vector<Breach> breaches;
    for (const std::vector<std::string>& row : rows) {
        const auto kind = parse_number<unsigned>(row[0]);
        if (!kind || *kind > static_cast<unsigned>(Breach::Kind::missing_role))
            return Error{Fault::unavailable, "PostgreSQL answers something else than was asked"};
        breaches.push_back({static_cast<Breach::Kind>(*kind), row[1], row[2]});
    }
    return breaches;
}

Result<void> mend(Session& session, const std::vector<Breach>& breaches) {
    const auto is_missing = [](const Breach& one) { return one.kind == Breach::Kind::missing_role; };
    if (!std::ranges::all_of(breaches, is_missing)) TRY(take_away_from_all(session));
    bool made_role = false;
    for (const Breach& breach : breaches) {
        if (!is_missing(breach)) continue;
        TRY(session.execute(fmt::format("CREATE ROLE {} NOLOGIN", session.quoted_name(breach.role))));
        made_role = true;
    }
    return made_role ? session.execute(grants_sql(session.server_major())) : Result<void>();
}

Result<void> end_lock_holders(Session& session) {
    TRY(
        session.query("SELECT pg_terminate_backend(pid, 1000) FROM pg_locks WHERE granted AND mode <> "
                      "'AccessShareLock' AND pid <> pg_backend_pid() AND relation IN "
                      "('pg_authid'::regclass, 'pg_auth_members'::regclass, 'pg_database'::regclass)"));
    return {};
}

Result<bool> has_iam_role(Session& session) {
    const Rows rows = TRY(session.query("SELECT FROM pg_catalog.pg_roles WHERE rolname = 'rds_iam'"));
    return !rows.empty();
}

}  // namespace countersign::databases::local
