#include "attach/on_demand.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "databases/on_demand.h"
#include "databases/users_on_demand.h"

namespace countersign::attach {

namespace {

constexpr const char* agents_database = "postgres";

template <class Values>
bool holds(const Values& values, const std::string& value) {
    return std::ranges::find(values, value) != values.end();
}

}  // namespace

Result<void> check_on_demand(const OnDemandWords& words, const Survey& server) {
    if (words.databases.empty()) {
        if (words.groups.empty()) return {};
        return Error{Fault::invalid, "--groups-on-demand goes with --users-on-demand"};
    }
    if (server.database != agents_database)
        return Error{
            Fault::invalid,
            "--users-on-demand keeps its list in the database postgres: say dbname=postgres in --dsn"};
    if (words.groups.size() > databases::groups_on_demand_max)
        return Error{Fault::invalid,
                     fmt::format("--groups-on-demand: at most {} groups", databases::groups_on_demand_max)};
    const auto odd = [](const std::string& name) {
        return name.empty() || printable(name) != name || name.find_first_of("\"\\") != std::string::npos;
    };
    for (const std::string& name : words.databases)
        if (odd(name))
            return Error{Fault::invalid,
                         fmt::format("--users-on-demand {}: not the name of a database that a "
                                     "line of pg_hba.conf can have",
                                     printable(name))};
    for (const std::string& name : words.groups)
        if (odd(name) || name.find(' ') != std::string::npos)
            return Error{Fault::invalid, fmt::format("--groups-on-demand {}: not the name of a group that a "
                                                     "tag can have",
                                                     printable(name))};
    return {};
}

std::string on_demand_tag_of(const OnDemandWords& words) {
    return fmt::format("{}={}", databases::on_demand_tag, joined(words.groups, " "));
}

Result<void> add_users_on_demand(const ServerAddress& address, const OnDemandWords& words, Changes& changes) {
    if (words.databases.empty()) return {};
    Session session = TRY(open_session(address));
    std::optional<std::vector<std::string>> allowed = TRY(databases::groups_allowed(session));
    std::vector<std::string> wished = words.groups;
    std::ranges::sort(wished);
    wished.erase(std::unique(wished.begin(), wished.end()), wished.end());
    if (allowed) std::ranges::sort(*allowed);
    if (allowed == wished) return {};
    changes.add({.what = "let the agent make users, as members of rds_iam" +
                         std::string(wished.empty() ? "" : " and ") + joined(wished, ", "),
                 .shown = databases::users_on_demand_sql(session, wished),
                 .make = [address, wished]() -> Result<void> {
                     Session as_superuser = TRY(open_session(address));
                     return databases::allow_users_on_demand(as_superuser, wished);
                 },
                 .undo = [address, allowed]() -> Result<void> {
                     Session as_superuser = TRY(open_session(address));
                     return allowed ? databases::allow_users_on_demand(as_superuser, *allowed)
                                    : databases::forbid_users_on_demand(as_superuser);
                 }});
    return {};
}

std::optional<std::string> database_without_line(const databases::HbaFacts& facts,
                                                 const std::vector<std::string>& databases,
                                                 const std::string& service) {
    for (const std::string& database : databases) {
        const auto asks = [&](const databases::HbaRule& rule) {
            return rule.type == "hostssl" && rule.method == "pam" && holds(rule.databases, database) &&
                   holds(rule.users, "all") && holds(rule.options, "pamservice=" + service);
        };
        if (std::ranges::none_of(facts.rules, asks)) return database;
    }
    return std::nullopt;
}

}  // namespace countersign::attach
