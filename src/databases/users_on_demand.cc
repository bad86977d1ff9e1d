#include "databases/users_on_demand.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/text.h"
#include "databases/predefined_roles.h"

namespace countersign::databases {

namespace {

constexpr unsigned users_max = 1000;

constexpr const char* tables_sql =
    "CREATE SCHEMA IF NOT EXISTS countersign; "
    "CREATE TABLE IF NOT EXISTS countersign.users_on_demand"
    " (id oid PRIMARY KEY, made timestamptz NOT NULL DEFAULT pg_catalog.now(), retired timestamptz); "
    "CREATE TABLE IF NOT EXISTS countersign.groups_on_demand (id oid PRIMARY KEY)";

// How much of the schema there is, and how much of it is not the session's own.
constexpr const char* schema_sql =
    "WITH part(owner) AS (SELECT nspowner FROM pg_namespace WHERE nspname = 'countersign' UNION ALL "
    "SELECT c.relowner FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = "
    "'countersign' AND c.relname IN ('users_on_demand', 'groups_on_demand')) "
    "SELECT count(*), count(*) FILTER (WHERE r.rolname <> current_user) "
    "FROM part JOIN pg_roles r ON r.oid = part.owner";
constexpr const char* parts_of_schema = "3";

constexpr const char* user_sql =
    "SELECT o.id IS NOT NULL, o.retired IS NOT NULL, r.rolcanlogin AND EXISTS (SELECT FROM pg_auth_members a "
    "JOIN pg_roles g ON g.oid = a.roleid WHERE a.member = r.oid AND g.rolname = 'rds_iam') "
    "FROM pg_roles r LEFT JOIN countersign.users_on_demand o ON o.id = r.oid WHERE r.rolname = $1";

// Whether a group is there, and whether what it is a member of, through any number of roles, is more than a
// user may be.
std::string group_sql() {
    return fmt::format(
        "WITH RECURSIVE way(id) AS (SELECT oid FROM pg_roles WHERE rolname = $1 UNION SELECT a.roleid FROM "
        "pg_auth_members a JOIN way ON a.member = id) SELECT count(*), count(*) FILTER (WHERE r.rolsuper OR "
        "r.rolcreaterole OR r.rolbypassrls OR r.rolreplication OR r.rolname IN ('rds_superuser', 'rdsadmin', "
        "'rds_password', 'rds_replication') OR (r.rolname ~ '^pg_' AND r.rolname NOT IN ('{}'))) "
        "FROM way JOIN pg_roles r ON r.oid = id",
        fmt::join(harmless_predefined_roles, "', '"));
}

std::vector<std::string> first_column(const Rows& rows) {
    std::vector<std::string> names;
    names.reserve(rows.size());
    for (const std::vector<std::string>& row : rows) names.push_back(row[0]);
    return names;
}

Result<void> check_group(Session& session, const std::string& group) {
    const Rows rows = TRY(session.query(group_sql(), {group}, 2));
    if (rows.empty() || rows[0][0] == "0")
        return Error{Fault::conflict, fmt::format("there is no group {}", printable(group))};
    if (rows[0][1] != "0")
        return Error{Fault::conflict,
                     fmt::format("the group {} leads to more than a user may be", printable(group))};
    return {};
}

Result<void> check_name(const std::string& user) {
    if (user.size() <= role_name_bytes_max && !user.starts_with("pg_") && !user.starts_with("rds") &&
        user != "public" && user != "none" && printable(user) == user)
        return {};
    return Error{Fault::conflict, "PostgreSQL has no users of this name, or it is none that is given"};
}

// Beside the tag, which is the control plane's, the server's owner has a word in it.
Result<void> check_allowed(Session& session, const std::string& group) {
    const std::string allowed =
        TRY(session.value("SELECT count(*) FROM countersign.groups_on_demand g JOIN pg_roles r ON r.oid = "
                          "g.id WHERE r.rolname = $1",
                          {group}));
    if (allowed == "1") return {};
    return Error{
        Fault::conflict,
        fmt::format("the server's owner does not give the group {}; countersign attach names those given",
                    printable(group))};
}

// So that whoever may be everybody does not make users without end. Rows of roles that are gone do not count.
Result<void> check_number(Session& session) {
    TRY(session.execute(
        "DELETE FROM countersign.users_on_demand WHERE id NOT IN (SELECT oid FROM pg_catalog.pg_roles)"));
    const std::string number = TRY(session.value("SELECT count(*) FROM countersign.users_on_demand"));
    const auto made = parse_number<unsigned>(number);
    if (made && *made < users_max) return {};
    return Error{Fault::conflict,
                 "a thousand users were made on demand here, which is as many as there may be"};
}

enum class Found {
    nobody,
    somebody,    // not made on demand, or taken out of service by a person
    in_service,  // made on demand
    retired,     // made on demand, and taken out of service here
};

// A person put it back by hand.
constexpr const char* in_service_sql =
    "UPDATE countersign.users_on_demand SET retired = NULL WHERE id = (SELECT oid FROM pg_catalog.pg_roles "
    "WHERE "
    "rolname "
    "= {})";

Result<Found> find_user(Session& session, const std::string& user) {
    const Rows rows = TRY(session.query(user_sql, {user}, 3));
    if (rows.empty()) return Found::nobody;
    if (rows[0][0] != "t") return Found::somebody;
    if (rows[0][1] == "t" && rows[0][2] != "t") return Found::retired;
    if (rows[0][1] == "t") TRY(session.execute(fmt::format(in_service_sql, session.quoted_text(user))));
    return rows[0][2] == "t" ? Found::in_service : Found::somebody;
}

// From here on who made a role administers it, and a grant is its grantor's to take back.
constexpr int roles_have_administrators_from = 16;

// The master user of a server of ours, who has to be able to do with these users what it does with its own.
struct Administrator {
    std::string name;                   // quoted
    std::vector<std::string> may_give;  // groups, and rds_iam

    std::string granting(const std::string& group) const {
        return std::ranges::find(may_give, group) == may_give.end() ? "" : " GRANTED BY " + name;
    }
};

// The one grant of rds_iam that gives nothing but the right to grant it, and is the superuser's, is the
// master's (engines/local/accounts.cc).
constexpr const char* master_sql =
    "SELECT m.rolname FROM pg_auth_members a JOIN pg_roles m ON m.oid = a.member JOIN pg_roles g ON g.oid = "
    "a.roleid WHERE g.rolname = 'rds_iam' AND a.admin_option AND NOT a.inherit_option AND NOT a.set_option "
    "AND a.grantor = 10 ORDER BY m.oid LIMIT 1";
constexpr const char* may_give_sql =
    "SELECT DISTINCT g.rolname FROM pg_auth_members a JOIN pg_roles m ON m.oid = a.member JOIN pg_roles g ON "
    "g.oid = a.roleid WHERE m.rolname = $1 AND a.admin_option";

// None before roles had administrators, and where the server's owner is its superuser.
Result<std::optional<Administrator>> find_administrator(Session& session, OnDemandPlace place) {
    if (place == OnDemandPlace::attached || session.server_major() < roles_have_administrators_from)
        return std::optional<Administrator>();
    const Rows masters = TRY(session.query(master_sql, {}, 1));
    if (masters.empty()) return std::optional<Administrator>();
    const Rows groups = TRY(session.query(may_give_sql, {masters[0][0]}, 1));
    return std::optional(Administrator{session.quoted_name(masters[0][0]), first_column(groups)});
}

// What gives the user these groups, and makes it the administrator's as PostgreSQL makes a role its
// creator's.
std::string grants_sql(const std::string& name, const std::optional<Administrator>& administrator,
                       const Session& session, const std::vector<std::string>& groups) {
    std::string sql;
    if (administrator)
        sql += fmt::format("GRANT {} TO {} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE; ", name,
                           administrator->name);
    for (const std::string& group : groups)
        sql += fmt::format("GRANT {} TO {}{}; ", session.quoted_name(group), name,
                           administrator ? administrator->granting(group) : "");
    return sql;
}

Result<void> create_user(Session& session, OnDemandPlace place, const UserWish& wish) {
    const std::optional<Administrator> administrator = TRY(find_administrator(session, place));
    std::vector<std::string> groups = wish.groups;
    groups.insert(groups.begin(), "rds_iam");
    const std::string name = session.quoted_name(wish.user);
    return session.execute(
        fmt::format("CREATE ROLE {} LOGIN; {}INSERT INTO countersign.users_on_demand (id) SELECT oid FROM "
                    "pg_catalog.pg_roles WHERE rolname = {}",
                    name, grants_sql(name, administrator, session, groups), session.quoted_text(wish.user)));
}

constexpr const char* groups_sql =
    "SELECT g.rolname FROM pg_auth_members a JOIN pg_roles g ON g.oid = a.roleid JOIN pg_roles r ON r.oid = "
    "a.member "
    "WHERE r.rolname = $1 AND g.rolname <> 'rds_iam' LIMIT 1000";

// {0}: its name, {1}: the same as a text, {2}: more statements. Both are done only of a user that was found
// to be in the table.
constexpr const char* put_back_sql =
    "ALTER ROLE {0} LOGIN; {2}UPDATE countersign.users_on_demand SET retired = NULL WHERE id = "
    "(SELECT oid FROM pg_catalog.pg_roles WHERE rolname = {1})";
constexpr const char* retire_sql =
    "ALTER ROLE {0} NOLOGIN; {2}UPDATE countersign.users_on_demand SET retired = "
    "pg_catalog.now() WHERE id = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = {1})";

Result<void> change(Session& session, const char* sql, const std::string& user, const std::string& more) {
    return session.execute(
        fmt::format(fmt::runtime(sql), session.quoted_name(user), session.quoted_text(user), more));
}

constexpr const char* grantors_sql =
    "SELECT o.rolname FROM pg_auth_members a JOIN pg_roles m ON m.oid = a.member JOIN pg_roles g ON g.oid = "
    "a.roleid JOIN pg_roles o ON o.oid = a.grantor WHERE m.rolname = $1 AND g.rolname = 'rds_iam'";

// Whoever granted it.
Result<std::string> revoke_sql(Session& session, const std::string& user) {
    const std::string name = session.quoted_name(user);
    if (session.server_major() < roles_have_administrators_from)
        return fmt::format("REVOKE rds_iam FROM {}; ", name);
    const Rows grantors = TRY(session.query(grantors_sql, {user}, 1));
    std::string sql;
    for (const std::string& grantor : first_column(grantors))
        sql += fmt::format("REVOKE rds_iam FROM {} GRANTED BY {}; ", name, session.quoted_name(grantor));
    return sql;
}

// Whoever logs in now gets no group that an earlier one had and this login does not give.
Result<Making> put_back(Session& session, OnDemandPlace place, const UserWish& wish) {
    const Rows groups = TRY(session.query(groups_sql, {wish.user}, 1));
    for (const std::string& group : first_column(groups))
        if (std::ranges::find(wish.groups, group) == wish.groups.end())
            return Error{
                Fault::conflict,
                fmt::format("the user was taken out of service as a member of {}, which this login does not "
                            "give; whoever administers the database revokes it, or drops the user",
                            printable(group))};
    const std::optional<Administrator> administrator = TRY(find_administrator(session, place));
    const std::string grants =
        grants_sql(session.quoted_name(wish.user), administrator, session, {"rds_iam"});
    TRY(change(session, put_back_sql, wish.user, grants));
    return Making::put_back;
}

// Of a user that is there. PostgreSQL may have said that it is not, while another login made it.
Result<Making> settle(Session& session, OnDemandPlace place, const UserWish& wish, Found found) {
    if (found == Found::retired) return put_back(session, place, wish);
    return found == Found::in_service ? Making::made_meanwhile : Making::was_there;
}

// What lies in a schema that another role owns, wholly or in part, is not believed, nor touched.
Result<bool> is_allowed(Session& session) {
    const Rows rows = TRY(session.query(schema_sql, {}, 2));
    if (rows.empty()) return false;
    if (rows[0][1] != "0")
        return Error{Fault::conflict, "the schema countersign of this server is not its superuser's"};
    return rows[0][0] == parts_of_schema;
}

Error not_allowed() {
    return Error{
        Fault::unsupported,
        "the server's owner makes no users on demand: countersign attach --users-on-demand allows it"};
}

Result<Making> make_in_schema(Session& session, OnDemandPlace place, const UserWish& wish) {
    const Found there = TRY(find_user(session, wish.user));
    if (there != Found::nobody) return settle(session, place, wish, there);
    TRY(check_number(session));
    for (const std::string& group : wish.groups) {
        TRY(check_group(session, group));
        if (place == OnDemandPlace::attached) TRY(check_allowed(session, group));
    }
    const Result<void> created = create_user(session, place, wish);
    if (created) return Making::made;
    const Found found = TRY(find_user(session, wish.user));
    return found == Found::nobody ? Result<Making>(created.error()) : settle(session, place, wish, found);
}

}  // namespace

std::string users_on_demand_sql(const Session& session, const std::vector<std::string>& groups) {
    std::vector<std::string> names;
    names.reserve(groups.size());
    for (const std::string& group : groups) names.push_back(session.quoted_text(group));
    std::string sql = std::string(tables_sql) + ";\nDELETE FROM countersign.groups_on_demand;";
    if (!names.empty())
        sql += fmt::format(
            "\nINSERT INTO countersign.groups_on_demand SELECT oid FROM pg_catalog.pg_roles WHERE rolname IN "
            "({});",
            fmt::join(names, ", "));
    return sql;
}

Result<std::optional<std::vector<std::string>>> groups_allowed(Session& session) {
    const bool allowed = TRY(is_allowed(session));
    if (!allowed) return std::optional<std::vector<std::string>>();
    const Rows rows = TRY(session.query(
        "SELECT r.rolname FROM countersign.groups_on_demand g JOIN pg_roles r ON r.oid = g.id LIMIT 1000", {},
        1));
    return std::optional(first_column(rows));
}

Result<void> allow_users_on_demand(Session& session, const std::vector<std::string>& groups) {
    TRY(is_allowed(session));
    for (const std::string& group : groups) TRY(check_group(session, group));
    return session.execute(users_on_demand_sql(session, groups));
}

Result<void> forbid_users_on_demand(Session& session) {
    TRY(is_allowed(session));
    return session.execute(
        "DROP TABLE IF EXISTS countersign.users_on_demand, countersign.groups_on_demand; "
        "DROP SCHEMA IF EXISTS countersign");
}

Result<Making> make_user(Session& session, OnDemandPlace place, const UserWish& wish) {
    TRY(check_name(wish.user));
    // Of two that make it at the same time one may fail, and finds it.
    if (place == OnDemandPlace::own) static_cast<void>(session.execute(tables_sql));
    const bool allowed = TRY(is_allowed(session));
    if (!allowed) return not_allowed();
    return make_in_schema(session, place, wish);
}

Result<std::vector<std::string>> users_in_service(Session& session) {
    const bool allowed = TRY(is_allowed(session));
    if (!allowed) return std::vector<std::string>();
    const Rows rows = TRY(
        session.query("SELECT r.rolname FROM pg_roles r JOIN countersign.users_on_demand o ON o.id = r.oid "
                      "WHERE o.retired IS NULL ORDER BY r.oid LIMIT $1",
                      {std::to_string(users_max)}, 1));
    return first_column(rows);
}

Result<void> retire_user(Session& session, const std::string& user) {
    const bool allowed = TRY(is_allowed(session));
    if (!allowed) return {};
    const Found found = TRY(find_user(session, user));
    if (found != Found::in_service) return {};
    const std::string revoke = TRY(revoke_sql(session, user));
    return change(session, retire_sql, user, revoke);
}

// A user that was made on demand has no way in by a password, which it can give itself.
Result<std::vector<std::string>> password_users(Session& session) {
    const std::string table =
        TRY(session.value("SELECT pg_catalog.to_regclass('countersign.users_on_demand')"));
    const std::string others =
        table.empty() ? std::string() : "AND oid NOT IN (SELECT id FROM countersign.users_on_demand) ";
    const Rows rows = TRY(session.query(
        "SELECT rolname FROM pg_authid WHERE rolcanlogin AND rolpassword IS NOT NULL AND oid <> 10 " +
            others + "ORDER BY oid LIMIT 1000",
        {}, 1));
    return first_column(rows);
}

}  // namespace countersign::databases
