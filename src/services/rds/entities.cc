#include "services/rds/entities.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

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

// Written again as it is, so that a deletion that has already looked for users of the group loses its race.
template <class Group>
GroupUse used(const store::Stored<Group>& group) {
    return {group.record.name, {group.unchanged()}, {store::put(group.key, group.record)}};
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

void add_subnet_group(std::vector<std::string>& arns, const Call& call,
                      const std::optional<std::string>& group) {
    if (group) arns.push_back(resource_of(call, subnet_group_kind, group).front());
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

Result<store::Stored<model::ParameterGroup>> find_parameter_group(store::Store& store, const Call& call,
                                                                  std::string_view kind,
                                                                  std::string_view given) {
    const bool of_clusters = kind == cluster_parameter_group_kind;
    const std::string name = name_of(call, kind, given);
    const std::string key = of_clusters ? keys::cluster_parameter_group(call.account(), call.region, name)
                                        : keys::parameter_group(call.account(), call.region, name);
    return find<model::ParameterGroup>(
        store, name, key,
        Error{Fault::not_found,
              fmt::format("{} not found: {}", of_clusters ? "DBClusterParameterGroup" : "DBParameterGroup",
                          given),
              "DBParameterGroupNotFound"});
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

void GroupUse::join(store::Transaction& transaction) && {
    std::ranges::move(guards, std::back_inserter(transaction.guards));
    std::ranges::move(writes, std::back_inserter(transaction.writes));
}

Result<GroupUse> use_subnet_group(store::Store& store, const Call& call,
                                  const std::optional<std::string>& given) {
    if (!given || lower(*given) == "default") return GroupUse();
    const auto group = TRY(find_subnet_group(store, call, *given));
    return used(group);
}

Result<GroupUse> use_parameter_group(store::Store& store, const Call& call,
                                     const AskedParameterGroup& asked) {
    if (!asked.given || name_of(call, asked.kind, *asked.given) == "default." + asked.family)
        return GroupUse();
    const auto group = TRY(find_parameter_group(store, call, asked.kind, *asked.given));
    if (group.record.family != asked.family)
        return Error{Fault::invalid,
                     fmt::format("The parameter group {} with DBParameterGroupFamily {} can't be used for "
                                 "this {}. Use a parameter group with DBParameterGroupFamily {}.",
                                 group.record.name, group.record.family,
                                 asked.kind == parameter_group_kind ? "instance" : "cluster", asked.family),
                     "InvalidParameterCombination"};
    return used(group);
}

}  // namespace countersign::rds
