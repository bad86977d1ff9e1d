#include "databases/census.h"

#include <algorithm>

#include "formats/record.h"
#include "model/keys.h"
#include "model/rds.h"
#include "model/snapshots.h"

namespace countersign::databases {

namespace {

using model::keys::rds_kind_of;
using model::keys::RdsKind;

// A copy of an automated snapshot is made by hand, whatever it was.
void note(ServerKeys& keys, const std::string& key, const model::Snapshot& snapshot) {
    if (snapshot.status == model::SnapshotStatus::creating) keys.snapshots.push_back(key);
    if (snapshot.type != model::SnapshotType::automated) return;
    const bool failed = snapshot.status == model::SnapshotStatus::failed;
    std::optional<Instant>& newest = failed ? keys.backup_failed : keys.backed_up;
    if (!newest || *newest < snapshot.created) newest = snapshot.created;
}

}  // namespace

void Census::set(const std::string& key, const std::optional<std::string>& value) {
    const RdsKind kind = rds_kind_of(key);
    if (kind != RdsKind::cluster && kind != RdsKind::instance && kind != RdsKind::snapshot) return;
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
    for (const auto& [key, value] : values_) {
        if (rds_kind_of(key) != RdsKind::snapshot) continue;
        const Result<model::Snapshot> snapshot = formats::from_record<model::Snapshot>(value);
        if (!snapshot) continue;
        for (ServerKeys& keys : servers)
            if (keys.resource_id == snapshot->server.resource_id) note(keys, key, *snapshot);
    }
    return servers;
}

std::vector<std::pair<std::string, model::Snapshot>> Census::automated_snapshots() const {
    std::vector<std::pair<std::string, model::Snapshot>> found;
    for (const auto& [key, value] : values_) {
        if (rds_kind_of(key) != RdsKind::snapshot) continue;
        Result<model::Snapshot> snapshot = formats::from_record<model::Snapshot>(value);
        if (snapshot && snapshot->type == model::SnapshotType::automated)
            found.emplace_back(key, *std::move(snapshot));
    }
    return found;
}

bool Census::is_whole() const {
    return std::ranges::all_of(values_, [](const auto& entry) {
        const RdsKind kind = rds_kind_of(entry.first);
        if (kind == RdsKind::cluster) return bool(formats::from_record<model::DBCluster>(entry.second));
        if (kind == RdsKind::instance) return bool(formats::from_record<model::DBInstance>(entry.second));
        return true;
    });
}

std::set<std::string> Census::origins() const {
    std::set<std::string> found;
    const auto note_origin = [&found](const std::optional<model::Origin>& origin) {
        if (origin) found.insert({origin->snapshot, origin->wal_of});
    };
    for (const auto& [key, value] : values_) {
        if (rds_kind_of(key) == RdsKind::cluster) {
            const Result<model::DBCluster> cluster = formats::from_record<model::DBCluster>(value);
            if (cluster) note_origin(cluster->server.origin);
        } else if (rds_kind_of(key) == RdsKind::instance) {
            const Result<model::DBInstance> instance = formats::from_record<model::DBInstance>(value);
            if (instance && instance->server) note_origin(instance->server->origin);
        }
    }
    return found;
}

std::set<std::string> Census::snapshots() const {
    std::set<std::string> found;
    for (const auto& [key, value] : values_) {
        if (rds_kind_of(key) != RdsKind::snapshot) continue;
        const Result<model::Snapshot> snapshot = formats::from_record<model::Snapshot>(value);
        if (snapshot) found.insert(snapshot->resource_id);
    }
    return found;
}

}  // namespace countersign::databases
