#include "databases/census.h"

#include "base/text.h"
#include "formats/record.h"
#include "model/keys.h"
#include "model/rds.h"

namespace countersign::databases {

namespace {

enum class Noun { cluster, instance, other };

// /rds/ACCOUNT/REGION/NOUN/ID
Noun noun_of(std::string_view key) {
    const std::vector<std::string_view> parts = split(key, '/');
    if (parts.size() != 6) return Noun::other;
    if (parts[4] == "cluster") return Noun::cluster;
    return parts[4] == "instance" ? Noun::instance : Noun::other;
}

}  // namespace

void Census::set(const std::string& key, const std::optional<std::string>& value) {
    if (noun_of(key) == Noun::other) return;
    if (value)
        values_[key] = *value;
    else
        values_.erase(key);
}

std::vector<ServerKeys> Census::servers() const {
    std::vector<ServerKeys> servers;
    std::map<std::string, std::size_t> by_cluster;
    for (const auto& [key, value] : values_) {
        if (noun_of(key) != Noun::cluster) continue;
        const Result<model::DBCluster> cluster = formats::from_record<model::DBCluster>(value);
        if (!cluster || cluster->server.resource_id.empty()) continue;
        by_cluster[key] = servers.size();
        servers.push_back({cluster->server.resource_id, key, {}});
    }
    for (const auto& [key, value] : values_) {
        if (noun_of(key) != Noun::instance) continue;
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
