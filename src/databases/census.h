// Which servers the store's records describe: the records of clusters and instances, kept up to date from a
// watch. One thread at a time.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "databases/server_view.h"
#include "model/snapshots.h"
#include "store/store.h"

namespace countersign::databases {

// The records behind one server, by their keys.
struct ServerKeys {
    std::string resource_id;
    std::string cluster;                        // empty for an instance of its own
    std::vector<std::string> instances;         // members of the cluster; or the one that is the server
    std::vector<std::string> snapshots = {};    // of it that are still to be made
    std::optional<Instant> backed_up = {};      // when the newest automated snapshot of it was begun
    std::optional<Instant> backup_failed = {};  // and the newest that failed
    std::string home = {};                      // where its data is; empty: the resource id says it
    std::vector<std::string> members = {};      // all instances of the cluster; of an instance of its own its
                                                // read replicas, or, of a read replica, its source
    bool reader = false;                        // it follows the cluster's writer, or its source
    const std::string& name() const { return home.empty() ? resource_id : home; }  // of this server alone
    friend bool operator==(const ServerKeys&, const ServerKeys&) = default;
};

class Census {
public:
    // Anything under /rds/ but clusters, instances, snapshots and retained backups is passed over.
    void set(const std::string& key, const std::optional<std::string>& value);
    void clear() { values_.clear(); }

    // A record that cannot be read is left out, and with it its server; so are servers that somebody else
    // runs.
    std::vector<ServerKeys> servers() const;
    // Every record can be read: what none of them names is nobody's.
    bool is_whole() const;
    // Resource ids of the snapshots there are.
    std::set<std::string> snapshots() const;
    // By key; the one that was deleted first comes first.
    std::vector<std::pair<std::string, model::RetainedBackup>> retained_backups() const;
    // What databases that are being restored still need: snapshots, and servers whose WAL it is.
    std::set<std::string> origins() const;
    // By key.
    std::vector<std::pair<std::string, model::Snapshot>> automated_snapshots() const;

private:
    std::map<std::string, std::string> values_;
};

}  // namespace countersign::databases
