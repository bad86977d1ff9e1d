#include "rds/entities.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/arn.h"
#include "model/keys.h"

namespace countersign::rds {

namespace keys = model::keys;
using gateway::Call;

namespace {

constexpr std::size_t name_bytes_max = 255;

template <class Record>
Result<store::Stored<Record>> find(store::Store& store, const std::string& name, const std::string& key,
                                   const Error& unknown) {
    if (name.empty() || name.size() > name_bytes_max) return unknown;
    auto stored = TRY(store::load<Record>(store, key));
    if (!stored) return unknown;
    return *std::move(stored);
}

}  // namespace

std::string arn_of(const Call& call, std::string_view kind, std::string_view name) {
    return model::Arn{std::string(model::partition_of(call.region)), "rds", call.region, call.account(),
                      fmt::format("{}:{}", kind, name)}
        .text();
}

std::string name_of(const Call& call, std::string_view kind, std::string_view given) {
    const std::string prefix = arn_of(call, kind, "");
    if (given.starts_with(prefix)) given.remove_prefix(prefix.size());
    return lower(given);
}

std::vector<std::string> resource_of(const Call& call, std::string_view kind,
                                     const std::optional<std::string>& given) {
    if (!given) return {arn_of(call, kind, "*")};
    const std::string name = name_of(call, kind, *given);
    if (name.starts_with("arn:")) return {*given};
    return {arn_of(call, kind, name)};
}

Error cluster_not_found(std::string_view given) {
    return Error{Fault::not_found, fmt::format("DBCluster {} not found.", given), "DBClusterNotFoundFault"};
}

Error instance_not_found(std::string_view given) {
    return Error{Fault::not_found, fmt::format("DBInstance {} not found.", given), "DBInstanceNotFound"};
}

Result<store::Stored<model::DBCluster>> find_cluster(store::Store& store, const Call& call,
                                                     std::string_view given) {
    const std::string name = name_of(call, cluster_kind, given);
    return find<model::DBCluster>(store, name, keys::cluster(call.account(), call.region, name),
                                  cluster_not_found(given));
}

Result<store::Stored<model::DBInstance>> find_instance(store::Store& store, const Call& call,
                                                       std::string_view given) {
    const std::string name = name_of(call, instance_kind, given);
    return find<model::DBInstance>(store, name, keys::instance(call.account(), call.region, name),
                                   instance_not_found(given));
}

Result<store::Stored<model::DBSubnetGroup>> find_subnet_group(store::Store& store, const Call& call,
                                                              std::string_view given) {
    const std::string name = name_of(call, subnet_group_kind, given);
    return find<model::DBSubnetGroup>(
        store, name, keys::subnet_group(call.account(), call.region, name),
        Error{Fault::not_found, fmt::format("DB subnet group '{}' does not exist.", given),
              "DBSubnetGroupNotFoundFault"});
}

Result<std::vector<store::Stored<model::DBCluster>>> all_clusters(store::Store& store, const Call& call) {
    return store::load_all<model::DBCluster>(store, keys::clusters(call.account(), call.region));
}

Result<std::vector<store::Stored<model::DBInstance>>> all_instances(store::Store& store, const Call& call) {
    return store::load_all<model::DBInstance>(store, keys::instances(call.account(), call.region));
}

Result<std::vector<model::DBInstance>> members_of(store::Store& store, const model::DBCluster& cluster) {
    auto instances =
        TRY(store::load_all<model::DBInstance>(store, keys::instances(cluster.account, cluster.region)));
    std::vector<model::DBInstance> members;
    for (auto& instance : instances)
        if (instance.record.cluster == cluster.id) members.push_back(std::move(instance.record));
    return members;
}

Result<SubnetGroupUse> use_subnet_group(store::Store& store, const Call& call,
                                        const std::optional<std::string>& given) {
    SubnetGroupUse use;
    if (!given || lower(*given) == "default") return use;
    const auto group = TRY(find_subnet_group(store, call, *given));
    use.name = group.record.name;
    use.guards.push_back(group.unchanged());
    // Written again as it is, so that a deletion that has already looked for users of the group loses its
    // race.
    use.writes.push_back(store::put(group.key, group.record));
    return use;
}

}  // namespace countersign::rds
