#include "databases/census.h"

#include "formats/record.h"
#include "model/keys.h"
#include "model/rds.h"

namespace countersign::databases {

namespace {

using model::keys::rds_kind_of;
using model::keys::RdsKind;

}  // namespace

void Census::set(const std::string& key, const std::optional<std::string>& value) {
    const RdsKind kind = rds_kind_of(key);
    if (kind != RdsKind::cluster && kind != RdsKind::instance) return;
    if (value)
        values_[key] = *value;
    else
        values_.erase(key);
}

std::vector<ServerKeys> Census::servers() const {
    std::vector<ServerKeys> servers;
    std::map<std::string, std::size_t> by_cluster;
    for (const auto& [key, value] : values_) {
        if (rds_kind_of(key) != RdsKind::cluster) continue;
        const Result<model::DBCluster> cluster = formats::from_record<model::DBCluster>(value);
        if (!cluster || cluster->server.resource_id.empty()) continue;
        by_cluster[key] = servers.size();
        servers.push_back({cluster->server.resource_id, key, {}});
    }
    for (const auto& [key, value] : values_) {
        if (rds_kind_of(key) != RdsKind::instance) continue;
        const Result<model::DBInstance> instance = formats::from_record<model::DBInstance>(value);
        if (!instance || (instance->server && instance->server->attached)) continue;
        const auto owner =
            by_cluster.find(model::keys::cluster(instance->account, instance->region, instance->cluster));
        if (instance->server && !instance->server->resource_id.empty())
            servers.push_back({instance->server->resource_id, {}, {key}});
        else if (owner != by_cluster.end())
            servers[owner->second].instances.push_back(key);
    }
    return servers;
}

}  // namespace countersign::databases
