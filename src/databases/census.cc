#include "databases/census.h"

#include <algorithm>

#include "formats/record.h"
#include "model/backup_keys.h"
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

// Of a cluster, while its servers are gathered.
struct Members {
    std::size_t writer = 0;  // among the servers
    model::Server server;
    std::vector<std::string> keys;  // of its instances
};

// An instance with data of its own is a server of its own; another is the writer.
void join(const std::string& cluster, Members& members,
          const std::pair<std::string, model::DBInstance>& instance, std::vector<ServerKeys>& servers) {
    members.keys.push_back(instance.first);
    if (!model::is_reader(instance.second, members.server)) {
        servers[members.writer].instances.push_back(instance.first);
        return;
    }
    ServerKeys& reader =
        servers.emplace_back(ServerKeys{members.server.resource_id, cluster, {instance.first}});
    reader.home = model::home_of(instance.second, members.server);
    reader.reader = true;
}

// Read replicas and their sources know of each other. One whose source is not there has none.
void join_replicas(const std::map<std::string, std::string>& source_of, std::vector<ServerKeys>& servers) {
    for (ServerKeys& replica : servers) {
        const auto source = source_of.find(replica.resource_id);
        if (!replica.cluster.empty() || source == source_of.end()) continue;
        replica.reader = true;
        for (ServerKeys& other : servers) {
            if (!other.cluster.empty() || other.resource_id != source->second) continue;
            replica.members.push_back(other.instances.front());
            other.members.push_back(replica.instances.front());
        }
    }
}

}  // namespace

void Census::set(const std::string& key, const std::optional<std::string>& value) {
    const RdsKind kind = rds_kind_of(key);
    if (kind != RdsKind::cluster && kind != RdsKind::instance && kind != RdsKind::snapshot &&
        !model::keys::is_retained_backup(key))
        return;
    if (value)
        values_[key] = *value;
    else
        values_.erase(key);
}

std::vector<ServerKeys> Census::servers() const {
    std::vector<ServerKeys> servers;
    std::map<std::string, Members> by_cluster;
    std::map<std::string, std::string> source_of;
    for (const auto& [key, value] : values_) {
        if (rds_kind_of(key) != RdsKind::cluster) continue;
        const Result<model::DBCluster> cluster = formats::from_record<model::DBCluster>(value);
        if (!cluster || cluster->server.resource_id.empty()) continue;
        by_cluster[key] = {servers.size(), cluster->server, {}};
        servers.push_back({cluster->server.resource_id, key, {}});
        servers.back().home = model::home_of(cluster->server);
    }
    for (const auto& [key, value] : values_) {
        if (rds_kind_of(key) != RdsKind::instance) continue;
        const Result<model::DBInstance> instance = formats::from_record<model::DBInstance>(value);
        if (!instance || (instance->server && instance->server->attached)) continue;
        if (instance->server && !instance->server->resource_id.empty()) {
            servers.push_back({instance->server->resource_id, {}, {key}});
            if (model::is_replica(*instance)) source_of[instance->resource_id] = instance->server->source;
            continue;
        }
        const auto owner =
            by_cluster.find(model::keys::cluster(instance->account, instance->region, instance->cluster));
        if (owner != by_cluster.end()) join(owner->first, owner->second, {key, *instance}, servers);
    }
    for (ServerKeys& keys : servers)
        if (!keys.cluster.empty()) keys.members = by_cluster[keys.cluster].keys;
    join_replicas(source_of, servers);
    for (const auto& [key, value] : values_) {
        if (rds_kind_of(key) != RdsKind::snapshot) continue;
        const Result<model::Snapshot> snapshot = formats::from_record<model::Snapshot>(value);
        if (!snapshot) continue;
        for (ServerKeys& keys : servers)
            if (!keys.reader && keys.resource_id == snapshot->server.resource_id) note(keys, key, *snapshot);
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
        if (kind == RdsKind::snapshot) return bool(formats::from_record<model::Snapshot>(entry.second));
        return bool(formats::from_record<model::RetainedBackup>(entry.second));
    });
}

std::vector<std::pair<std::string, model::RetainedBackup>> Census::retained_backups() const {
    std::vector<std::pair<std::string, model::RetainedBackup>> found;
    for (const auto& [key, value] : values_) {
        if (!model::keys::is_retained_backup(key)) continue;
        Result<model::RetainedBackup> backup = formats::from_record<model::RetainedBackup>(value);
        if (backup) found.emplace_back(key, *std::move(backup));
    }
    std::ranges::stable_sort(found, {}, [](const auto& backup) { return backup.second.deleted; });
    return found;
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
