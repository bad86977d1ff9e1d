#include "databases/engines/local/replication.h"

#include <fmt/format.h>

#include "databases/engines/local/boundary.h"
#include "databases/engines/local/own_session.h"

namespace countersign::databases::local {

namespace {

constexpr int inherit_option_from = 16;  // before, the member's own attribute says whether it inherits
constexpr int guarded_from = 14, guarded_to = 18;  // the versions of which hook/guard.cc knows the source

// What a walsender may not be asked, and what would be harmless: there is no such file.
constexpr const char* physical_command = "TIMELINE_HISTORY 1";
constexpr std::string_view refusal = "permission denied for a physical replication command";

// Login roles and whether they may use replication, as `role`. Superusers are mended, not served.
std::string roles_sql(int major, ReplicationGuard guard) {
    return fmt::format(
        "WITH RECURSIVE heir(oid) AS (SELECT oid FROM pg_catalog.pg_authid WHERE rolname = 'rds_replication'"
        " UNION SELECT a.member FROM pg_catalog.pg_auth_members a JOIN heir h ON h.oid = a.roleid"
        " JOIN pg_catalog.pg_authid m ON m.oid = a.member WHERE m.rolname <> 'rds_superuser' AND {inherits}),"
        " role AS (SELECT r.oid, r.rolreplication AS has, {guarded} AND r.rolcanlogin AND NOT r.rolsuper"
        " AND EXISTS (SELECT FROM heir h WHERE h.oid = r.oid) AS may"
        " FROM pg_catalog.pg_authid r WHERE r.oid <> 10)",
        fmt::arg("inherits", major >= inherit_option_from ? "a.inherit_option" : "m.rolinherit"),
        fmt::arg("guarded", guard == ReplicationGuard::missing ? "false" : "true"));
}

// Replication connections of others than those who may; rdsadmin's is the question for the guard.
constexpr std::string_view strangers =
    " FROM pg_catalog.pg_stat_activity a WHERE a.backend_type = 'walsender' AND a.usesysid <> 10"
    " AND NOT EXISTS (SELECT FROM role WHERE role.oid = a.usesysid AND role.may)";

Result<void> apply_once(Session& session, ReplicationGuard guard) {
    const std::string roles = roles_sql(session.server_major(), guard);
    TRY(session.execute(roles + " UPDATE pg_catalog.pg_authid p SET rolreplication = role.may FROM role"
                                " WHERE p.oid = role.oid AND role.has <> role.may"));
    TRY(session.query(fmt::format("{} SELECT pg_catalog.pg_terminate_backend(a.pid){}", roles, strangers)));
    return {};
}

}  // namespace

Result<ReplicationGuard> ask_replication_guard(const ServerHome& home, std::uint16_t port) {
    Session session = TRY(open_replication_session(home, port));
    const int major = session.server_major();
    const Result<void> answer = session.execute(physical_command);
    const bool refused = !answer && answer.error().message.find(refusal) != std::string::npos;
    return refused && major >= guarded_from && major <= guarded_to ? ReplicationGuard::in_force
                                                                   : ReplicationGuard::missing;
}

Result<bool> replication_is_due(Session& session, ReplicationGuard guard) {
    const bool unknown = guard == ReplicationGuard::unknown;
    return TRY(session.value(fmt::format("{} SELECT EXISTS (SELECT FROM role WHERE has <> may{}) OR EXISTS "
                                         "(SELECT{})",
                                         roles_sql(session.server_major(), guard), unknown ? " OR has" : "",
                                         strangers))) == "t";
}

Result<void> apply_replication(Session& session, ReplicationGuard guard) {
    Result<void> applied = apply_once(session, guard);
    if (applied || applied.error().fault != Fault::throttled) return applied;
    TRY(end_lock_holders(session));
    return apply_once(session, guard);
}

}  // namespace countersign::databases::local
