// When each agent was last seen. Kept in memory, and written down at most once a minute for each. Safe to
// call from any thread.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "agent_api/server/agent_authenticator.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "model/fleet.h"
#include "store/store.h"

namespace countersign::agent_api::server {

class AgentHeartbeats {
public:
    AgentHeartbeats(store::Store& store, const Clock& clock) : store_(store), clock_(clock) {}

    void note(const AgentIdentity& identity);
    // Writes down what is due.
    Result<void> write();

private:
    struct Seen {
        model::FleetContact contact;
        std::optional<Instant> written;
    };

    store::Store& store_;
    const Clock& clock_;
    Mutex mutex_;
    std::map<std::string, Seen> seen_ GUARDED_BY(mutex_);
};

}  // namespace countersign::agent_api::server
