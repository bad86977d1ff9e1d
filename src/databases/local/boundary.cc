#include "databases/local/boundary.h"

#include <fmt/format.h>

#include <array>

#include "base/text.h"

namespace countersign::databases::local {

namespace {

constexpr int checkpoint_role_from = 15;

// These reach the machine's files and programs, or read and write whatever there is, verifiers included.
constexpr const char* forbidden_roles =
    "'pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files', 'pg_read_all_data', "
    "'pg_write_all_data'";

// Whoever is a member of another predefined role than these can do more than RDS lets a master do. Reading
// all data harms no other database: who could before may go on.
constexpr const char* harmless_roles =
    "'pg_monitor', 'pg_read_all_settings', 'pg_read_all_stats', 'pg_stat_scan_tables', 'pg_signal_backend', "
    "'pg_checkpoint', 'pg_maintain', 'pg_signal_autovacuum_worker', 'pg_use_reserved_connections', "
    "'pg_database_owner', 'pg_read_all_data', 'pg_write_all_data'";

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
        fmt::arg("forbidden", forbidden_roles), fmt::arg("harmless", harmless_roles));
}

std::string mending_sql(Session& session, const Breach& breach) {
    const std::string role = session.quoted_name(breach.role);
    switch (breach.kind) {
        case Breach::Kind::superuser:
            return fmt::format("ALTER ROLE {} NOSUPERUSER", role);
        case Breach::Kind::member:
            return fmt::format("REVOKE {} FROM {} CASCADE", session.quoted_name(breach.of), role);
        case Breach::Kind::grantable:
            return mark_sql();
        case Breach::Kind::missing_role:
            return fmt::format("CREATE ROLE {} NOLOGIN", role);
    }
    return {};
}

}  // namespace

std::string roles_recipe(int major) {
    std::string recipe;
    for (const char* role : own_roles) recipe += fmt::format("CREATE ROLE {} NOLOGIN;\n", role);
    return recipe + grants_sql(major) + ";\n" + mark_sql() + ";\n";
}

std::string own_database_recipe() {
    return fmt::format(
        "DO $$ BEGIN IF EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = '{0}' AND datdba <> 10) "
        "THEN"
        " ALTER DATABASE {0} RENAME TO {0}_renamed; END IF; END $$;\n"
        "CREATE DATABASE {0} TEMPLATE template0;\n"
        "REVOKE ALL ON DATABASE {0} FROM PUBLIC;\n",
        own_database);
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
    const Rows rows = TRY(session.query(breaches_sql()));
    std::vector<Breach> breaches;
    for (const std::vector<std::string>& row : rows) {
        const auto kind = static_cast<Breach::Kind>(parse_number<unsigned>(row[0]).value_or(0));
        breaches.push_back({kind, row[1], row[2]});
    }
    return breaches;
}

Result<void> mend(Session& session, const std::vector<Breach>& breaches) {
    bool made_role = false;
    for (const Breach& breach : breaches) {
        TRY(session.execute(mending_sql(session, breach)));
        made_role = made_role || breach.kind == Breach::Kind::missing_role;
    }
    return made_role ? session.execute(grants_sql(session.server_major())) : Result<void>();
}

Result<bool> has_iam_role(Session& session) {
    const Rows rows = TRY(session.query("SELECT FROM pg_catalog.pg_roles WHERE rolname = 'rds_iam'"));
    return !rows.empty();
}

Result<void> make_iam_role(Session& session) {
    if (TRY(has_iam_role(session))) return {};
    return session.execute("CREATE ROLE rds_iam NOLOGIN");
}

}  // namespace countersign::databases::local
