#include "services/admin/poolers.h"

#include <fmt/format.h>

#include "base/text.h"
#include "databases/directories.h"
#include "databases/endpoints.h"
#include "model/ids.h"
#include "model/keys.h"
#include "model/rds.h"
#include "services/admin/aliases.h"
#include "services/admin/arns.h"
#include "services/admin/attached.h"
#include "store/records.h"

namespace countersign::admin {

namespace keys = model::keys;
using gateway::Call;
using gateway::Nothing;

namespace {

constexpr std::size_t poolers_max = 40;  // in a region

api::Pooler to_api(const model::Pooler& pooler) {
    api::Pooler answer;
    answer.PoolerName = pooler.id;
    answer.ResourceId = pooler.resource_id;
    answer.DBIdentifier = pooler.database;
    answer.Host = pooler.host;
    answer.Port = pooler.port;
    answer.Owner = pooler.way.owner;
    if (!pooler.way.agent.empty()) answer.Agent = pooler.way.agent;
    answer.AgentSocket = pooler.way.agent_socket;
    return answer;
}

// How the agent asks the server behind the pooler about its roles.
void take_server(const Deps& deps, const model::Server& server, model::Pooler& pooler) {
    pooler.master_username = server.attached ? server.master_username : "rdsadmin";
    pooler.way.socket_directory =
        server.attached ? server.attached->socket_directory
                        : databases::server_sockets(deps.data_directory, model::home_of(server)).string();
    pooler.way.port = server.attached ? server.attached->port : server.port;
}

Result<model::Pooler> new_pooler(const Deps& deps, const Call& call,
                                 const api::RegisterPoolerRequest& input) {
    const auto endpoint = databases::parse_endpoint(fmt::format("{}:{}", *input.Host, *input.Port));
    if (!endpoint)
        return Error{Fault::invalid, fmt::format("{} is not a host name or an address", *input.Host),
                     "InvalidInput"};
    model::Pooler pooler;
    pooler.id = lower(*input.PoolerName);
    pooler.account = call.account();
    pooler.region = region_of(call, input.Region);
    pooler.resource_id = model::new_resource_id("prx", deps.random);
    pooler.database = lower(*input.DBIdentifier);
    pooler.host = endpoint->host;
    pooler.port = endpoint->port;
    pooler.created = call.now;
    const AgentPlace place{input.Agent.value_or(""), static_cast<unsigned>(*input.Owner)};
    TRY(check_place(deps, call, place));
    pooler.way.agent = place.agent;
    pooler.way.owner = place.owner;
    pooler.way.data_directory = input.WorkingDirectory.value_or("/");
    pooler.way.agent_socket = TRY(agent_socket(deps, call, place, pooler.resource_id));
    const model::Server server = TRY(find_server(deps, call, {pooler.region, pooler.database}));
    take_server(deps, server, pooler);
    return pooler;
}

}  // namespace

Result<api::RegisterPoolerResponse> register_pooler(const Deps& deps, const Call& call,
                                                    const api::RegisterPoolerRequest& input) {
    const model::Pooler pooler = TRY(new_pooler(deps, call, input));
    const auto all = TRY(store::list_all(deps.store, keys::poolers(pooler.account, pooler.region)));
    if (all.entries.size() >= poolers_max)
        return Error{Fault::conflict, fmt::format("There are at most {} poolers.", poolers_max),
                     "LimitExceeded"};
    const std::string key = keys::pooler(pooler.account, pooler.region, pooler.id);
    const auto written = deps.store.commit({{store::absent(key)}, {store::put(key, pooler)}});
    if (!written && written.error().fault == Fault::conflict)
        return Error{Fault::exists, fmt::format("There is a pooler {} already.", pooler.id),
                     "EntityAlreadyExists"};
    TRY(written);
    api::RegisterPoolerResponse answer;
    answer.Pooler = to_api(pooler);
    return answer;
}

Result<Nothing> deregister_pooler(const Deps& deps, const Call& call, const api::PoolerNameRequest& input) {
    const std::string key = keys::pooler(call.account(), region_of(call, input.Region), *input.PoolerName);
    return store::retry_races([&]() -> Result<Nothing> {
        const auto stored = TRY(store::load<model::Pooler>(deps.store, key));
        if (!stored)
            return Error{Fault::not_found, fmt::format("There is no pooler {}.", *input.PoolerName),
                         "NoSuchEntity"};
        TRY(deps.store.commit({{stored->unchanged()}, {store::erase(key)}}));
        return Nothing{};
    });
}

Result<api::ListPoolersResponse> list_poolers(const Deps& deps, const Call& call,
                                              const api::ListPoolersRequest& input) {
    api::ListPoolersResponse answer;
    const auto all = TRY(store::load_all<model::Pooler>(
        deps.store, keys::poolers(call.account(), region_of(call, input.Region))));
    for (const auto& pooler : all) answer.Poolers.push_back(to_api(pooler.record));
    return answer;
}

}  // namespace countersign::admin
