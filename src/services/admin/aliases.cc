#include "services/admin/aliases.h"

#include <fmt/format.h>

#include <algorithm>

#include "databases/endpoints.h"
#include "model/keys.h"
#include "services/admin/arns.h"
#include "store/records.h"

namespace countersign::admin {

namespace keys = model::keys;
using gateway::Call;
using gateway::Nothing;

namespace {

constexpr std::size_t aliases_max = 50;  // of one database

// What becomes of a server's record.
using Change = std::function<Result<void>(model::Server&)>;

Error no_database(const Call& call, const Place& place) {
    return Error{
        Fault::not_found,
        fmt::format("There is no database {} in {} of account {}.", place.id, place.region, call.account()),
        "NoSuchEntity"};
}

template <class Record>
Result<Nothing> write(const Deps& deps, const store::Stored<Record>& stored) {
    TRY(deps.store.commit({{stored.unchanged()}, {store::put(stored.key, stored.record)}}));
    return Nothing{};
}

Result<Nothing> change_once(const Deps& deps, const Call& call, const Place& place, const Change& change) {
    auto cluster =
        TRY(store::load<model::DBCluster>(deps.store, keys::cluster(call.account(), place.region, place.id)));
    if (cluster) {
        TRY(change(cluster->record.server));
        return write(deps, *cluster);
    }
    auto instance = TRY(
        store::load<model::DBInstance>(deps.store, keys::instance(call.account(), place.region, place.id)));
    if (!instance || !instance->record.server) return no_database(call, place);
    TRY(change(*instance->record.server));
    return write(deps, *instance);
}

Result<Nothing> change_server(const Deps& deps, const Call& call, const Place& place, const Change& change) {
    return store::retry_races([&] { return change_once(deps, call, place, change); });
}

Place place_of(const Call& call, const api::EndpointAliasRequest& input) {
    return {region_of(call, input.Region), *input.DBIdentifier};
}

Result<databases::Endpoint> endpoint_in(const api::EndpointAliasRequest& input) {
    const auto endpoint = databases::parse_endpoint(*input.Endpoint);
    if (endpoint) return *endpoint;
    return Error{Fault::invalid, fmt::format("{} is not HOST:PORT", *input.Endpoint), "InvalidInput"};
}

Result<void> add(model::Server& server, const databases::Endpoint& endpoint) {
    if (std::ranges::count(databases::endpoints_of(server), endpoint) > 0)
        return Error{Fault::exists, fmt::format("Tokens may carry {} already.", databases::text_of(endpoint)),
                     "EntityAlreadyExists"};
    if (server.aliases.size() >= aliases_max)
        return Error{Fault::conflict, fmt::format("A database has at most {} aliases.", aliases_max),
                     "LimitExceeded"};
    server.aliases.push_back(databases::text_of(endpoint));
    return {};
}

Result<void> remove(model::Server& server, const databases::Endpoint& endpoint) {
    if (std::erase(server.aliases, databases::text_of(endpoint)) > 0) return {};
    return Error{Fault::not_found, fmt::format("{} is no alias.", databases::text_of(endpoint)),
                 "NoSuchEntity"};
}

void describe(const std::string& id, const model::Server& server, api::ListEndpointAliasesResponse& answer) {
    for (const std::string& alias : server.aliases) {
        api::EndpointAlias& last = answer.Aliases.emplace_back();
        last.DBIdentifier = id;
        last.Endpoint = alias;
    }
}

}  // namespace

Result<model::Server> find_server(const Deps& deps, const Call& call, const Place& place) {
    const auto cluster =
        TRY(store::load<model::DBCluster>(deps.store, keys::cluster(call.account(), place.region, place.id)));
    if (cluster) return cluster->record.server;
    const auto instance = TRY(
        store::load<model::DBInstance>(deps.store, keys::instance(call.account(), place.region, place.id)));
    if (!instance || !instance->record.server) return no_database(call, place);
    return *instance->record.server;
}

Result<Nothing> add_alias(const Deps& deps, const Call& call, const api::EndpointAliasRequest& input) {
    const databases::Endpoint endpoint = TRY(endpoint_in(input));
    return change_server(deps, call, place_of(call, input),
                         [&](model::Server& server) { return add(server, endpoint); });
}

Result<Nothing> remove_alias(const Deps& deps, const Call& call, const api::EndpointAliasRequest& input) {
    const databases::Endpoint endpoint = TRY(endpoint_in(input));
    return change_server(deps, call, place_of(call, input),
                         [&](model::Server& server) { return remove(server, endpoint); });
}

Result<api::ListEndpointAliasesResponse> list_aliases(const Deps& deps, const Call& call,
                                                      const api::ListEndpointAliasesRequest& input) {
    const std::string region = region_of(call, input.Region);
    api::ListEndpointAliasesResponse answer;
    if (input.DBIdentifier) {
        const model::Server server = TRY(find_server(deps, call, {region, *input.DBIdentifier}));
        describe(*input.DBIdentifier, server, answer);
        return answer;
    }
    const auto clusters =
        TRY(store::load_all<model::DBCluster>(deps.store, keys::clusters(call.account(), region)));
    for (const auto& cluster : clusters) describe(cluster.record.id, cluster.record.server, answer);
    const auto instances =
        TRY(store::load_all<model::DBInstance>(deps.store, keys::instances(call.account(), region)));
    for (const auto& instance : instances)
        if (instance.record.server) describe(instance.record.id, *instance.record.server, answer);
    return answer;
}

}  // namespace countersign::admin
