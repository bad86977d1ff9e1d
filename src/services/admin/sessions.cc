#include "services/admin/sessions.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "agent/sessions/end.h"
#include "agent/sessions/live_sessions.h"
#include "crypto/random.h"
#include "formats/iso_time.h"
#include "model/arn.h"
#include "model/keys.h"
#include "services/admin/arns.h"
#include "services/admin/database_lookup.h"
#include "store/records.h"

namespace countersign::admin {

namespace keys = model::keys;
using agent::SessionEnd;
using agent::SessionFilter;
using audit::LoginEntry;
using gateway::Call;

namespace {

constexpr std::size_t orders_max = 1000;            // of an account, that agents may still have to see
constexpr auto orders_kept = std::chrono::days(7);  // for agents that are away
constexpr std::size_t orders_pruned = 100;          // by one call
constexpr std::size_t id_digits = 16;

std::string database_arn(const Call& call, const std::string& region, const std::string& resource_id,
                         const std::string& id) {
    return rds_arn(call, region, resource_id.starts_with("cluster-") ? "cluster" : "db", lower(id));
}

std::vector<std::string> every_database(const Call& call) {
    return {model::Arn{std::string(model::partition()), "rds", "*", call.account(), "*"}.text()};
}

// The ARN of the database that is named. What is not there has one too, so that asking tells nothing.
std::vector<std::string> database_named(const Deps& deps, const Call& call, const std::string& identifier,
                                        const std::optional<std::string>& region_named) {
    const std::string region = region_of(call, region_named);
    const auto database = find_database(deps, call, region, identifier);
    return {database_arn(call, region, database ? database->server.resource_id : "", identifier)};
}

template <class Input>
Result<SessionFilter> filter_of(const Deps& deps, const Call& call, const Input& input) {
    SessionFilter filter;
    filter.account = call.account();
    filter.principal_arn = input.PrincipalArn.value_or("");
    filter.user = input.DBUser.value_or("");
    if (!input.DBIdentifier) return filter;
    const auto database = TRY(find_database(deps, call, region_of(call, input.Region), *input.DBIdentifier));
    filter.resource_id = database.server.resource_id;
    return filter;
}

// A service without an agent knows of none.
std::vector<LoginEntry> sessions_meeting(const Deps& deps, const SessionFilter& filter) {
    return deps.live_sessions == nullptr ? std::vector<LoginEntry>() : deps.live_sessions->meeting(filter);
}

std::optional<std::string> known(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

api::Session to_api(const LoginEntry& login) {
    api::Session session;
    session.LoginId = login.login_id;
    session.Since = formats::parse_extended_time(login.time);
    session.DBIdentifier = login.database;
    session.Region = login.region;
    session.DBUser = login.user;
    session.DBName = known(login.database_name);
    session.PrincipalArn = login.principal_arn;
    session.SessionName = known(login.session_name);
    session.SourceIdentity = known(login.source_identity);
    session.AccessKeyId = login.access_key_id;
    session.SourceIp = known(login.source_address);
    session.ApplicationName = known(login.application_name);
    session.BackendPid = login.backend_pid;
    session.AgentName = known(login.agent);
    return session;
}

bool names_something(const api::EndSessionsRequest& input) {
    return (input.LoginIds && !input.LoginIds->empty()) || input.PrincipalArn || input.AccessKeyId ||
           input.DBIdentifier || input.DBUser || input.BegunBefore || input.All.value_or(false);
}

Result<SessionEnd> order_of(const Deps& deps, const Call& call, const api::EndSessionsRequest& input) {
    if (!names_something(input))
        return Error{Fault::invalid,
                     "Name the sessions to end by LoginIds, PrincipalArn, AccessKeyId, DBIdentifier, DBUser "
                     "or BegunBefore, or ask for All.",
                     "InvalidInput"};
    SessionEnd order;
    order.id =
        formats::basic_time(call.now) + '-' + crypto::random_text(deps.random, "0123456789abcdef", id_digits);
    order.made = call.now;
    order.by = call.caller.principal().arn;
    order.filter = TRY(filter_of(deps, call, input));
    order.filter.login_ids = input.LoginIds.value_or(std::vector<std::string>());
    order.filter.access_key_id = input.AccessKeyId.value_or("");
    order.begun_until = std::min(input.BegunBefore.value_or(call.now), call.now);
    return order;
}

std::vector<LoginEntry> meant_by(const Deps& deps, const SessionEnd& order) {
    std::vector<LoginEntry> meant = sessions_meeting(deps, order.filter);
    std::erase_if(meant, [&](const LoginEntry& login) {
        const auto since = formats::parse_extended_time(login.time);
        return !since || *since > order.begun_until;
    });
    return meant;
}

// Every agent sees the order; those that are old enough for each to have seen them go.
Result<void> give(const Deps& deps, const SessionEnd& order) {
    const auto given = TRY(store::load_all<SessionEnd>(deps.store, keys::session_ends()));
    store::Transaction change{{}, {store::put(keys::session_end(order.id), order)}};
    std::size_t own = 1;
    for (const auto& earlier : given) {
        const bool is_old = earlier.record.made + orders_kept < order.made;
        if (is_old && change.writes.size() <= orders_pruned)
            change.writes.push_back(store::erase(earlier.key));
        else if (earlier.record.filter.account == order.filter.account)
            ++own;
    }
    if (own > orders_max)
        return Error{Fault::throttled,
                     "More orders to end sessions were given than are kept; end more with one of them.",
                     "LimitExceeded"};
    TRY(deps.store.commit(change));
    return {};
}

}  // namespace

std::vector<std::string> listed_databases(const Deps& deps, const Call& call,
                                          const api::ListSessionsRequest& input) {
    return input.DBIdentifier ? database_named(deps, call, *input.DBIdentifier, input.Region)
                              : every_database(call);
}

std::vector<std::string> databases_meant(const Deps& deps, const Call& call,
                                         const api::EndSessionsRequest& input) {
    if (input.DBIdentifier) return database_named(deps, call, *input.DBIdentifier, input.Region);
    if (!input.LoginIds || input.LoginIds->empty()) return every_database(call);
    SessionFilter filter;
    filter.account = call.account();
    filter.login_ids = *input.LoginIds;
    std::set<std::string> arns;
    for (const LoginEntry& login : sessions_meeting(deps, filter))
        arns.insert(database_arn(call, login.region, login.resource_id, login.database));
    return arns.empty() ? every_database(call) : std::vector<std::string>(arns.begin(), arns.end());
}

Result<api::ListSessionsResponse> list_sessions(const Deps& deps, const Call& call,
                                                const api::ListSessionsRequest& input) {
    const SessionFilter filter = TRY(filter_of(deps, call, input));
    api::ListSessionsResponse answer;
    for (const LoginEntry& login : sessions_meeting(deps, filter)) answer.Sessions.push_back(to_api(login));
    return answer;
}

Result<api::EndSessionsResponse> end_sessions(const Deps& deps, const Call& call,
                                              const api::EndSessionsRequest& input) {
    const SessionEnd order = TRY(order_of(deps, call, input));
    const std::vector<LoginEntry> meant = meant_by(deps, order);
    const std::vector<std::string>& ids = order.filter.login_ids;
    for (const std::string& id : ids)
        if (std::ranges::find(meant, id, &LoginEntry::login_id) == meant.end())
            return Error{Fault::not_found, fmt::format("There is no live session {}.", id), "NoSuchEntity"};
    if (!input.DryRun.value_or(false)) TRY(give(deps, order));
    api::EndSessionsResponse answer;
    for (const LoginEntry& login : meant) answer.Sessions.push_back(to_api(login));
    return answer;
}

}  // namespace countersign::admin
