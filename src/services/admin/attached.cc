#include "services/admin/attached.h"

#include <fmt/format.h>
#include <unistd.h>

#include "base/text.h"
#include "databases/directories.h"
#include "databases/endpoints.h"
#include "databases/engines/attached/attached.h"
#include "model/fleet.h"
#include "model/ids.h"
#include "model/keys.h"
#include "model/rds.h"
#include "services/admin/accounts.h"
#include "services/admin/agents.h"
#include "services/admin/arns.h"
#include "store/records.h"

namespace countersign::admin {

namespace keys = model::keys;
using gateway::Call;
using gateway::Nothing;
using AttachInput = api::AttachDBInstanceRequest;

namespace {

using StoredInstance = store::Stored<model::DBInstance>;

constexpr std::size_t instances_max = 40;  // RDS's quota in a region
constexpr std::size_t placed_max = 200;    // servers and poolers of an account on one agent

Error no_instance(const std::string& id) {
    return Error{Fault::not_found, fmt::format("No attached DB instance {} was found.", id), "NoSuchEntity"};
}

Result<StoredInstance> find_attached(const Deps& deps, const Call& call,
                                     const api::DBInstanceNameRequest& input) {
    const std::string& id = *input.DBInstanceIdentifier;
    auto stored = TRY(store::load<model::DBInstance>(
        deps.store, keys::instance(call.account(), region_of(call, input.Region), id)));
    if (!stored || !stored->record.server || !stored->record.server->attached) return no_instance(id);
    return *std::move(stored);
}

api::AttachedDBInstanceResponse to_api(const Call& call, const model::DBInstance& instance) {
    const model::Server& server = *instance.server;
    api::AttachedDBInstanceResponse answer;
    api::AttachedDBInstance& one = answer.AttachedDBInstance.emplace();
    one.DBInstanceIdentifier = instance.id;
    one.DBInstanceArn = rds_arn(call, instance.region, "db", instance.id);
    one.DbiResourceId = server.resource_id;
    one.Host = server.host;
    one.Port = server.port;
    one.IAMEnabled = server.iam_enabled;
    one.DataDirectory = server.attached->data_directory;
    if (!server.attached->agent.empty()) one.Agent = server.attached->agent;
    one.AgentSocket = server.attached->agent_socket;
    return answer;
}

// The name is lower-case, as RDS keeps it.
model::DBInstance new_instance(const Deps& deps, const Call& call, const AttachInput& input) {
    model::DBInstance instance;
    instance.id = lower(*input.DBInstanceIdentifier);
    instance.account = call.account();
    instance.region = region_of(call, input.Region);
    instance.resource_id = model::new_resource_id("db", deps.random);
    instance.status = model::DatabaseStatus::available;
    instance.instance_class = "db.attached";
    instance.maintenance_window = "sun:05:00-sun:06:00";
    instance.backup_window = "03:00-04:00";
    instance.created = call.now;
    model::Server& server = instance.server.emplace();
    server.resource_id = instance.resource_id;
    server.iam_enabled = true;
    server.created = true;
    return instance;
}

// The agent inside is the host's own: it belongs to the account that the server began with, and to those that
// it was started for.
Result<void> check_inside(const Deps& deps, const Call& call) {
    if (deps.attaching_accounts.contains(call.account()) || TRY(is_manager(deps, call))) return {};
    return Error{Fault::denied,
                 "The agent inside `countersign serve` takes no server of this account. Run `countersign "
                 "agent` on the server's host and give --agent, or start `countersign serve` with "
                 "--attach-accounts.",
                 "AccessDenied"};
}

bool is_below(const std::string& path, const std::filesystem::path& directory) {
    const std::string below = (directory.lexically_normal() / "").string();
    return (std::filesystem::path(path).lexically_normal() / "").string().starts_with(below);
}

// What lies below this server's own directory is run by it, and attached by nobody.
Result<void> check_own_directories(const Deps& deps, const AgentPlace& place, const AttachInput& input) {
    if (!place.agent.empty() || deps.data_directory.empty()) return {};
    for (const std::string& path : {*input.DataDirectory, *input.SocketDirectory})
        if (is_below(path, deps.data_directory))
            return Error{Fault::invalid, fmt::format("{} is Countersign's own", path), "InvalidInput"};
    return {};
}

// What was found on the server's host.
Result<void> take_facts(const Deps& deps, const Call& call, const AttachInput& input,
                        model::DBInstance& instance) {
    model::Server& server = *instance.server;
    const auto endpoint = databases::parse_endpoint(fmt::format("{}:{}", *input.Host, *input.Port));
    if (!endpoint)
        return Error{Fault::invalid, fmt::format("{} is not a host name or an address", *input.Host),
                     "InvalidInput"};
    const AgentPlace place{input.Agent.value_or(""), static_cast<unsigned>(*input.Owner),
                           server.attached.has_value()};
    TRY(check_place(deps, call, place));
    TRY(check_own_directories(deps, place, input));
    const std::string socket = TRY(agent_socket(deps, call, place, server.resource_id));
    server.engine = input.Engine.value_or("postgres");
    server.engine_version = *input.EngineVersion;
    server.host = endpoint->host;
    server.port = endpoint->port;
    server.master_username = *input.MasterUsername;
    server.attached = model::Attached{place.agent,
                                      *input.DataDirectory,
                                      place.owner,
                                      *input.SocketDirectory,
                                      static_cast<std::uint16_t>(*input.SocketPort),
                                      socket};
    return {};
}

Result<void> check_same_server(const model::DBInstance& instance, const AttachInput& input) {
    const bool same = instance.wish == model::Wish::available && instance.server &&
                      instance.server->attached &&
                      instance.server->attached->data_directory == *input.DataDirectory &&
                      instance.server->attached->agent == input.Agent.value_or("");
    if (same) return {};
    return Error{Fault::exists,
                 fmt::format("There is another DB instance {} already; choose another name.", instance.id),
                 "EntityAlreadyExists"};
}

Result<void> check_room_for_server(const Deps& deps, const model::DBInstance& instance) {
    const auto all = TRY(store::list_all(deps.store, keys::instances(instance.account, instance.region)));
    if (all.entries.size() < instances_max) return {};
    return Error{Fault::conflict, "DB Instance quota exceeded", "LimitExceeded"};
}

}  // namespace

Result<void> check_place(const Deps& deps, const Call& call, const AgentPlace& place) {
    if (place.was_there) return {};
    if (place.agent.empty())
        TRY(check_inside(deps, call));
    else
        TRY(find_agent(deps, call, place.agent));
    const store::Page own = TRY(store::list_all(deps.store, keys::rds_of(call.account())));
    if (databases::attached_views(own, place.agent).size() < placed_max) return {};
    return Error{Fault::conflict,
                 fmt::format("An agent answers for at most {} servers of an account.", placed_max),
                 "LimitExceeded"};
}

Result<std::string> agent_socket(const Deps& deps, const Call& call, const AgentPlace& place,
                                 const std::string& resource_id) {
    std::filesystem::path run = databases::run_directory(deps.data_directory);
    if (!place.agent.empty()) {
        const model::FleetAgent agent = TRY(find_agent(deps, call, place.agent));
        run = agent.run_directory.empty() ? std::string(model::run_directory_default) : agent.run_directory;
    } else if (place.owner != ::geteuid()) {
        return Error{
            Fault::conflict,
            fmt::format("The agent inside `countersign serve` runs as user id {} and answers no other "
                        "user; the server's processes are of user id {}. Start `countersign serve "
                        "--user` with that user, or run `countersign agent` there and give --agent.",
                        ::geteuid(), place.owner),
            "InvalidInput"};
    }
    const std::string socket = databases::attached_socket(run, resource_id).string();
    if (socket.size() > databases::socket_path_bytes_max)
        return Error{Fault::invalid, "The path of the agent's socket is too long: " + socket, "InvalidInput"};
    return socket;
}

Result<api::AttachedDBInstanceResponse> attach_instance(const Deps& deps, const Call& call,
                                                        const AttachInput& input) {
    const model::DBInstance fresh = new_instance(deps, call, input);
    const std::string key = keys::instance(fresh.account, fresh.region, fresh.id);
    return store::retry_races([&]() -> Result<api::AttachedDBInstanceResponse> {
        auto stored = TRY(store::load<model::DBInstance>(deps.store, key));
        if (stored)
            TRY(check_same_server(stored->record, input));
        else
            TRY(check_room_for_server(deps, fresh));
        model::DBInstance instance = stored ? stored->record : fresh;
        TRY(take_facts(deps, call, input, instance));
        const store::Guard guard = stored ? stored->unchanged() : store::absent(key);
        TRY(deps.store.commit({{guard}, {store::put(key, instance)}}));
        return to_api(call, instance);
    });
}

Result<api::AttachedDBInstanceResponse> describe_attached(const Deps& deps, const Call& call,
                                                          const api::DBInstanceNameRequest& input) {
    const StoredInstance stored = TRY(find_attached(deps, call, input));
    return to_api(call, stored.record);
}

Result<Nothing> detach_instance(const Deps& deps, const Call& call, const api::DBInstanceNameRequest& input) {
    return store::retry_races([&]() -> Result<Nothing> {
        const StoredInstance stored = TRY(find_attached(deps, call, input));
        TRY(deps.store.commit({{stored.unchanged()}, {store::erase(stored.key)}}));
        return Nothing{};
    });
}

}  // namespace countersign::admin
