#include "login/hints.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace countersign::login {

namespace {

// Words that mean something else than a role of that name.
constexpr std::array<std::string_view, 8> role_words{"all",  "current_role", "current_user", "group",
                                                     "none", "public",       "session_user", "user"};

bool is_plain_name(std::string_view name) {
    return !name.empty() && std::ranges::find(role_words, name) == role_words.end() &&
           (name.front() < '0' || name.front() > '9') && std::ranges::all_of(name, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
           });
}

std::string known(const std::string& fact, std::string_view otherwise) {
    return fact.empty() ? std::string(otherwise) : printable(fact);
}

// Where it is not known by which grants a user is a member.
std::string any_revoke(const std::string& user) {
    return fmt::format("`REVOKE rds_iam FROM {}`, or of the role through which it is a member,",
                       user.empty() ? "USER" : role_name(user));
}

}  // namespace

std::string role_name(const std::string& user) {
    if (is_plain_name(user)) return user;
    std::string quoted;
    for (const char c : user) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return '"' + printable(quoted) + '"';
}

std::string revoke_statement(const std::string& role, const std::string& member, const std::string& grantor) {
    return fmt::format("REVOKE {} FROM {}{}", role_name(role), role_name(member),
                       grantor.empty() ? "" : " GRANTED BY " + role_name(grantor));
}

std::string hint_for(RefusalCode code, const Facts& facts) {
    const bool cluster = facts.resource_id.starts_with("cluster-");
    return fmt::format(
        fmt::runtime(row_of(code).hint), fmt::arg("user", known(facts.user, "USER")),
        fmt::arg("role", role_name(facts.user)), fmt::arg("region", known(facts.region, "REGION")),
        fmt::arg("database", known(facts.database, "DATABASE")),
        fmt::arg("modify", cluster ? "modify-db-cluster --db-cluster-identifier"
                                   : "modify-db-instance --db-instance-identifier"),
        fmt::arg("key", known(facts.access_key_id, "the key")),
        fmt::arg("principal", known(facts.principal_arn, "ARN")),
        fmt::arg("signed_for", known(facts.signed_for, "HOST:PORT")),
        fmt::arg("revoke", facts.revoke.empty() ? any_revoke(facts.user) : fmt::format("`{}`", facts.revoke)),
        fmt::arg("endpoints", known(facts.endpoints, "the endpoint of the database")));
}

}  // namespace countersign::login
