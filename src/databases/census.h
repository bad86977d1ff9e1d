// Which servers the store's records describe: the records of clusters and instances, kept up to date from a
// watch. One thread at a time.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "databases/server_view.h"
#include "store/store.h"

namespace countersign::databases {

// The records behind one server, by their keys.
struct ServerKeys {
    std::string resource_id;
    std::string cluster;                 // empty for an instance of its own
    std::vector<std::string> instances;  // members of the cluster; or the one that is the server
    friend bool operator==(const ServerKeys&, const ServerKeys&) = default;
};

class Census {
public:
    // Anything under /rds/ but clusters and instances is passed over.
    void set(const std::string& key, const std::optional<std::string>& value);
    void clear() { values_.clear(); }

    // A record that cannot be read is left out, and with it its server; so are servers that somebody else
    // runs.
    std::vector<ServerKeys> servers() const;

private:
    std::map<std::string, std::string> values_;
};

}  // namespace countersign::databases
