#include "databases/membership_grants.h"

#include <fmt/format.h>

namespace countersign::databases {

namespace {

// From here on a grant has options of its own, and is its grantor's to take back.
constexpr int grants_have_grantors_from = 16;

// {0}: whether a grant counts; {1}: its grantor's name; {2}: which grants are meant.
constexpr const char* grants_query = R"(
WITH RECURSIVE edge AS (
    SELECT roleid, member, grantor FROM pg_auth_members WHERE {0}),
way(id) AS (
    SELECT oid FROM pg_roles WHERE rolname = 'rds_iam'
    UNION SELECT member FROM edge JOIN way ON roleid = id),
administrator(id) AS (
    SELECT oid FROM pg_roles WHERE rolname = 'rds_superuser' OR rolsuper OR rolcreaterole
    UNION SELECT member FROM edge JOIN administrator ON roleid = id)
SELECT m.rolname, r.rolname, {1}
FROM edge JOIN way ON edge.roleid = way.id
JOIN pg_roles m ON m.oid = edge.member
JOIN pg_roles r ON r.oid = edge.roleid
LEFT JOIN pg_roles g ON g.oid = edge.grantor
WHERE {2}
ORDER BY 1, 2, 3 LIMIT 100)";

Result<std::vector<MembershipGrant>> grants(Session& session, FormalGrants formal, std::string_view meant,
                                            const std::vector<std::string>& parameters) {
    const bool own_options = session.server_major() >= grants_have_grantors_from;
    const std::string_view counts = own_options && formal == FormalGrants::skip
                                        ? "(inherit_option OR set_option OR grantor <> 10)"
                                        : "true";
    const std::string_view grantor = own_options ? "coalesce(g.rolname, '')" : "''";
    const Rows rows =
        TRY(session.query(fmt::format(fmt::runtime(grants_query), counts, grantor, meant), parameters, 3));
    std::vector<MembershipGrant> found;
    for (const std::vector<std::string>& row : rows) found.push_back({row[0], row[1], row[2]});
    return found;
}

}  // namespace

Result<std::vector<MembershipGrant>> grants_to(Session& session, const std::string& user,
                                               FormalGrants formal) {
    return grants(session, formal, "m.rolname = $1", {user});
}

Result<std::vector<MembershipGrant>> detours_of_administrators(Session& session, FormalGrants formal) {
    return grants(session, formal,
                  "m.rolcanlogin AND r.rolname <> 'rds_iam'"
                  " AND EXISTS (SELECT FROM administrator a WHERE a.id = m.oid)",
                  {});
}

}  // namespace countersign::databases
