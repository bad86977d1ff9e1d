// Which servers each agent answers for, as the records of databases said when the feed saw them last; kept
// until one of them changes. Safe to call from any thread.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "databases/engines/attached/attached.h"
#include "store/store.h"

namespace countersign::agent_api::server {

using ServersPointer = std::shared_ptr<const std::vector<databases::ServerView>>;

class Servers {
public:
    explicit Servers(store::Store& store) : store_(store) {}

    Result<ServersPointer> of(const std::string& agent);

    // What lies in the store now. Call before the first change.
    Result<void> begin();
    // A record of databases changed; returns the agents to whom that may matter, and forgets their servers.
    std::set<std::string> note_change(const store::Event& event);

private:
    struct Placed {
        std::string agent;
        std::vector<std::string> behind;  // keys of what a pooler stands in front of
    };

    store::Store& store_;
    Mutex mutex_;
    std::map<std::string, ServersPointer> known_ GUARDED_BY(mutex_);
    std::map<std::string, Placed> placed_ GUARDED_BY(mutex_);  // records that belong to an agent, by key
    std::map<std::string, std::set<std::string>> keys_ GUARDED_BY(mutex_);  // of the records of each agent
    std::map<std::string, std::set<std::string>> fronts_
        GUARDED_BY(mutex_);  // the poolers in front of a record
    std::uint64_t changes_ GUARDED_BY(mutex_) = 0;
};

}  // namespace countersign::agent_api::server
