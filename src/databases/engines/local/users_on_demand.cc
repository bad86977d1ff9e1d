#include "databases/engines/local/users_on_demand.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.h"
#include "databases/predefined_roles.h"

namespace countersign::databases::local {

namespace {

constexpr std::size_t name_bytes_max = 63;  // NAMEDATALEN - 1

constexpr const char* table_sql =
    "CREATE TABLE IF NOT EXISTS public.users_on_demand"
    " (id oid PRIMARY KEY, made timestamptz NOT NULL DEFAULT pg_catalog.now())";

constexpr const char* user_sql =
    "SELECT EXISTS (SELECT FROM public.users_on_demand WHERE id = r.oid) FROM pg_roles r WHERE r.rolname = "
    "$1";

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
    if (user.size() <= name_bytes_max && !user.starts_with("pg_") && !user.starts_with("rds") &&
        user != "public" && user != "none" && printable(user) == user)
        return {};
    return Error{Fault::conflict, "PostgreSQL has no users of this name, or it is none that is given"};
}

enum class Found { nobody, somebody, made_on_demand };

Result<Found> find_user(Session& session, const std::string& user) {
    const Rows rows = TRY(session.query(user_sql, {user}, 1));
    if (rows.empty()) return Found::nobody;
    return rows[0][0] == "t" ? Found::made_on_demand : Found::somebody;
}

Result<void> create_user(Session& session, const UserWish& wish) {
    const std::string name = session.quoted_name(wish.user);
    std::string sql = fmt::format("CREATE ROLE {} LOGIN; GRANT rds_iam", name);
    for (const std::string& group : wish.groups) sql += ", " + session.quoted_name(group);
    sql += fmt::format(
        " TO {}; INSERT INTO public.users_on_demand (id) SELECT oid FROM pg_catalog.pg_roles WHERE rolname = "
        "{}",
        name, session.quoted_text(wish.user));
    return session.execute(sql);
}

}  // namespace

Result<Making> make_user(Session& session, const UserWish& wish) {
    TRY(check_name(wish.user));
    // Of two that make it at the same time one may fail, and finds it.
    static_cast<void>(session.execute(table_sql));
    if (TRY(find_user(session, wish.user)) != Found::nobody) return Making::was_there;
    for (const std::string& group : wish.groups) TRY(check_group(session, group));
    const Result<void> created = create_user(session, wish);
    if (created) return Making::made;
    const Found found = TRY(find_user(session, wish.user));
    if (found == Found::nobody) return created.error();
    return found == Found::made_on_demand ? Making::made_meanwhile : Making::was_there;
}

Result<std::vector<std::string>> password_users(Session& session) {
    const Rows rows = TRY(session.query(
        "SELECT rolname FROM pg_authid WHERE rolcanlogin AND rolpassword IS NOT NULL AND oid <> 10 "
        "ORDER BY oid LIMIT 1000",
        {}, 1));
    std::vector<std::string> names;
    for (const std::vector<std::string>& row : rows) names.push_back(row[0]);
    return names;
}

}  // namespace countersign::databases::local
