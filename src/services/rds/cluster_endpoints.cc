#include "services/rds/cluster_endpoints.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "databases/ports.h"
#include "model/ids.h"
#include "model/keys.h"
#include "services/rds/entities.h"
#include "services/rds/filters.h"
#include "services/rds/members.h"
#include "services/rds/paging.h"
#include "services/rds/tag_rules.h"
#include "services/rds/validation.h"

namespace countersign::rds {

namespace keys = model::keys;
using gateway::Call;

namespace {

constexpr std::size_t endpoints_max = 5;  // of a cluster, as on Aurora

using Instances = std::vector<model::DBInstance>;

Error endpoint_not_found(std::string_view given) {
    return Error{Fault::not_found, fmt::format("DBClusterEndpoint {} not found.", given),
                 "DBClusterEndpointNotFoundFault"};
}

// Resource ids, of instances that are the cluster's.
Result<std::vector<std::string>> parse_members(const Call& call, const Instances& instances,
                                               const std::optional<std::vector<std::string>>& given) {
    std::vector<std::string> members;
    for (const std::string& one : given.value_or(std::vector<std::string>())) {
        const auto found =
            std::ranges::find(instances, name_of(call, instance_kind, one), &model::DBInstance::id);
        if (found == instances.end()) return instance_not_found(one);
        if (std::ranges::count(members, found->resource_id) == 0) members.push_back(found->resource_id);
    }
    return members;
}

// Those that are there by the names that they have now.
std::vector<std::string> shown_members(const Instances& instances, const std::vector<std::string>& members) {
    std::vector<std::string> names;
    for (const model::DBInstance& instance : instances)
        if (std::ranges::count(members, instance.resource_id) > 0) names.push_back(instance.id);
    return names;
}

Result<void> set_members(const Call& call, const Instances& instances, model::ClusterEndpoint& endpoint,
                         const std::optional<std::vector<std::string>>& with,
                         const std::optional<std::vector<std::string>>& without) {
    if (with && without && !with->empty() && !without->empty())
        return invalid_combination("StaticMembers and ExcludedMembers cannot be specified together.");
    if (!with && !without) return {};
    endpoint.static_members = TRY(parse_members(call, instances, with));
    endpoint.excluded_members = TRY(parse_members(call, instances, without));
    return {};
}

Result<std::string> parse_type(const std::string& given) {
    for (const std::string_view type : {model::reader_endpoint, model::any_endpoint})
        if (lower(given) == lower(type)) return std::string(type);
    return invalid_value(
        fmt::format("Invalid endpoint type: {}. A custom endpoint is READER or ANY.", given));
}

api::DBClusterEndpoint shown(const Call& call, const model::ClusterEndpoint& endpoint,
                             const model::DBCluster& cluster, const Instances& instances) {
    api::DBClusterEndpoint answer;
    answer.DBClusterEndpointIdentifier = endpoint.id;
    answer.DBClusterIdentifier = cluster.id;
    answer.DBClusterEndpointResourceIdentifier = endpoint.resource_id;
    answer.Endpoint = endpoint.host;
    answer.Status = "available";
    answer.EndpointType = "CUSTOM";
    answer.CustomEndpointType = endpoint.type;
    answer.StaticMembers = shown_members(instances, endpoint.static_members);
    answer.ExcludedMembers = shown_members(instances, endpoint.excluded_members);
    answer.DBClusterEndpointArn = arn_of(call, cluster_endpoint_kind, endpoint.id);
    return answer;
}

api::DBClusterEndpoint shown_default(const model::DBCluster& cluster, const std::string& host,
                                     std::string_view type) {
    api::DBClusterEndpoint answer;
    answer.DBClusterIdentifier = cluster.id;
    answer.Endpoint = host;
    answer.Status = "available";
    answer.EndpointType = std::string(type);
    return answer;
}

Result<store::Stored<model::DBCluster>> cluster_of(store::Store& store, const Call& call,
                                                   const model::ClusterEndpoint& endpoint) {
    for (store::Stored<model::DBCluster>& cluster : TRY(all_clusters(store, call)))
        if (cluster.record.server.resource_id == endpoint.cluster) return std::move(cluster);
    return cluster_not_found(endpoint.cluster);
}

Result<std::vector<model::ClusterEndpoint>> all_endpoints(store::Store& store, const Call& call) {
    std::vector<model::ClusterEndpoint> endpoints;
    for (auto& stored : TRY(store::load_all<model::ClusterEndpoint>(
             store, keys::cluster_endpoints(call.account(), call.region))))
        endpoints.push_back(std::move(stored.record));
    return endpoints;
}

Result<void> check_room_for_endpoint(store::Store& store, const Call& call, const model::DBCluster& cluster,
                                     const std::string& id) {
    std::size_t of_cluster = 0;
    for (const model::ClusterEndpoint& endpoint : TRY(all_endpoints(store, call))) {
        if (endpoint.id == id)
            return Error{Fault::exists, fmt::format("DBClusterEndpoint {} already exists.", id),
                         "DBClusterEndpointAlreadyExistsFault"};
        if (endpoint.cluster == cluster.server.resource_id) ++of_cluster;
    }
    if (of_cluster >= endpoints_max)
        return Error{Fault::conflict,
                     fmt::format("DB Cluster {} cannot have more than {} custom endpoints.", cluster.id,
                                 endpoints_max),
                     "DBClusterEndpointQuotaExceededFault"};
    return {};
}

std::vector<api::DBClusterEndpoint> endpoints_of(const Call& call, const model::DBCluster& cluster,
                                                 const std::vector<model::ClusterEndpoint>& all,
                                                 const Instances& instances) {
    const model::Server& server = cluster.server;
    const std::string& reader_host = server.membership.reader_host;
    std::vector<api::DBClusterEndpoint> endpoints{
        shown_default(cluster, server.host, "WRITER"),
        shown_default(cluster, reader_host.empty() ? server.host : reader_host, "READER")};
    for (const model::ClusterEndpoint& endpoint : all)
        if (endpoint.cluster == server.resource_id)
            endpoints.push_back(shown(call, endpoint, cluster, instances));
    return endpoints;
}

Traits traits_of(const api::DBClusterEndpoint& endpoint) {
    return {{"db-cluster-endpoint-id", {endpoint.DBClusterEndpointIdentifier.value_or("")}},
            {"db-cluster-endpoint-type", {lower(*endpoint.EndpointType)}},
            {"db-cluster-endpoint-custom-type", {lower(endpoint.CustomEndpointType.value_or(""))}},
            {"db-cluster-endpoint-status", {*endpoint.Status}}};
}

}  // namespace

Result<store::Stored<model::ClusterEndpoint>> find_cluster_endpoint(store::Store& store, const Call& call,
                                                                    std::string_view given) {
    const std::string name = name_of(call, cluster_endpoint_kind, given);
    if (name.find('/') != std::string::npos) return endpoint_not_found(given);
    auto stored = TRY(store::load<model::ClusterEndpoint>(
        store, keys::cluster_endpoint(call.account(), call.region, name)));
    if (!stored) return endpoint_not_found(given);
    return *std::move(stored);
}

std::vector<std::string> created_cluster_endpoint(const Call& call,
                                                  const api::CreateDBClusterEndpointMessage& input) {
    std::vector<std::string> arns = resource_of(call, cluster_kind, input.DBClusterIdentifier);
    arns.push_back(arn_of(call, cluster_endpoint_kind, lower(*input.DBClusterEndpointIdentifier)));
    return arns;
}

Result<api::DBClusterEndpoint> create_cluster_endpoint(const Deps& deps, const Call& call,
                                                       const api::CreateDBClusterEndpointMessage& input) {
    model::ClusterEndpoint endpoint;
    endpoint.id = TRY(parse_identifier("DBClusterEndpointIdentifier", *input.DBClusterEndpointIdentifier));
    endpoint.type = TRY(parse_type(*input.EndpointType));
    endpoint.account = call.account();
    endpoint.region = call.region;
    endpoint.resource_id = model::new_resource_id("cluster-endpoint", deps.random);
    endpoint.tags = TRY(first_tags(input.Tags, {}, cluster_endpoint_kind));
    endpoint.created = call.now;
    return store::retry_races([&]() -> Result<api::DBClusterEndpoint> {
        const auto cluster = TRY(find_cluster(deps.store, call, *input.DBClusterIdentifier));
        if (cluster.record.wish == model::Wish::deleted)
            return Error{
                Fault::conflict,
                fmt::format("DB Cluster {} is not currently in the available state.", cluster.record.id),
                "InvalidDBClusterStateFault"};
        TRY(check_room_for_endpoint(deps.store, call, cluster.record, endpoint.id));
        const Instances instances = TRY(members_of(deps.store, cluster.record));
        TRY(set_members(call, instances, endpoint, input.StaticMembers, input.ExcludedMembers));
        endpoint.cluster = cluster.record.server.resource_id;
        store::Transaction creation;
        endpoint.host = TRY(claim_endpoint_host(deps, cluster.record.server, creation));
        const std::string key = keys::cluster_endpoint(call.account(), call.region, endpoint.id);
        creation.guards.push_back(store::absent(key));
        creation.guards.push_back(cluster.unchanged());
        creation.writes.push_back(store::put(key, endpoint));
        creation.writes.push_back(store::put(cluster.key, cluster.record));
        TRY(deps.store.commit(creation));
        return shown(call, endpoint, cluster.record, instances);
    });
}

Result<api::DBClusterEndpointMessage> describe_cluster_endpoints(
    const Deps& deps, const Call& call, const api::DescribeDBClusterEndpointsMessage& input) {
    const Filters filters =
        TRY(Filters::read(input.Filters, {"db-cluster-endpoint-type", "db-cluster-endpoint-custom-type",
                                          "db-cluster-endpoint-id", "db-cluster-endpoint-status"}));
    const std::vector<model::ClusterEndpoint> all = TRY(all_endpoints(deps.store, call));
    if (input.DBClusterIdentifier) TRY(find_cluster(deps.store, call, *input.DBClusterIdentifier));
    if (input.DBClusterEndpointIdentifier)
        TRY(find_cluster_endpoint(deps.store, call, *input.DBClusterEndpointIdentifier));
    std::vector<api::DBClusterEndpoint> found;
    for (const auto& cluster : TRY(all_clusters(deps.store, call))) {
        if (input.DBClusterIdentifier &&
            cluster.record.id != name_of(call, cluster_kind, *input.DBClusterIdentifier))
            continue;
        const Instances instances = TRY(members_of(deps.store, cluster.record));
        for (api::DBClusterEndpoint& endpoint : endpoints_of(call, cluster.record, all, instances)) {
            const bool is_asked_for =
                !input.DBClusterEndpointIdentifier ||
                endpoint.DBClusterEndpointIdentifier ==
                    name_of(call, cluster_endpoint_kind, *input.DBClusterEndpointIdentifier);
            if (is_asked_for && filters.let_through(traits_of(endpoint)))
                found.push_back(std::move(endpoint));
        }
    }
    const auto place = [](const api::DBClusterEndpoint& endpoint) {
        return fmt::format("{} {} {}", *endpoint.DBClusterIdentifier, *endpoint.EndpointType,
                           endpoint.DBClusterEndpointIdentifier.value_or(""));
    };
    auto shown_page = TRY(page(std::move(found), place, input));
    api::DBClusterEndpointMessage answer;
    answer.DBClusterEndpoints = std::move(shown_page.items);
    answer.Marker = std::move(shown_page.next);
    return answer;
}

Result<api::DBClusterEndpoint> modify_cluster_endpoint(const Deps& deps, const Call& call,
                                                       const api::ModifyDBClusterEndpointMessage& input) {
    return store::retry_races([&]() -> Result<api::DBClusterEndpoint> {
        auto stored = TRY(find_cluster_endpoint(deps.store, call, *input.DBClusterEndpointIdentifier));
        const auto cluster = TRY(cluster_of(deps.store, call, stored.record));
        const Instances instances = TRY(members_of(deps.store, cluster.record));
        if (input.EndpointType) stored.record.type = TRY(parse_type(*input.EndpointType));
        TRY(set_members(call, instances, stored.record, input.StaticMembers, input.ExcludedMembers));
        TRY(deps.store.commit({{stored.unchanged()}, {store::put(stored.key, stored.record)}}));
        return shown(call, stored.record, cluster.record, instances);
    });
}

Result<api::DBClusterEndpoint> delete_cluster_endpoint(const Deps& deps, const Call& call,
                                                       const api::DeleteDBClusterEndpointMessage& input) {
    return store::retry_races([&]() -> Result<api::DBClusterEndpoint> {
        const auto stored = TRY(find_cluster_endpoint(deps.store, call, *input.DBClusterEndpointIdentifier));
        const auto cluster = TRY(cluster_of(deps.store, call, stored.record));
        const model::Place place{stored.record.host, cluster.record.server.port, true};
        TRY(deps.store.commit(
            {{stored.unchanged()}, {store::erase(stored.key), store::erase(databases::claim_key(place))}}));
        api::DBClusterEndpoint answer = shown(call, stored.record, cluster.record, {});
        answer.Status = "deleting";
        return answer;
    });
}

}  // namespace countersign::rds
