// The control plane, as an agent calls it (agent_api/protocol/protocol.h): a few kept connections, every call
// with its deadline. Safe to call from any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent_api/client/identity.h"
#include "agent_api/protocol/protocol.h"
#include "base/mutex.h"
#include "base/result.h"
#include "http/channel.h"

namespace countersign::agent_api::client {

// Errors of all calls: Fault::unauthenticated when this agent was removed or its certificate is no longer
// good; Fault::denied and Fault::invalid when the control plane refuses; Fault::unavailable for anything
// else.
class ControlPlane {
public:
    explicit ControlPlane(Identity identity) : identity_(std::move(identity)) {}
    ~ControlPlane();
    ControlPlane(const ControlPlane&) = delete;
    ControlPlane& operator=(const ControlPlane&) = delete;

    Result<RecordAnswer> record(const RecordRequest& request);
    Result<WatchAnswer> watch(const WatchRequest& request);  // waits for news: see watch_hold
    Result<ServersAnswer> servers(const ServersRequest& request = {});
    // Any number of users: several calls, where there are many.
    Result<std::vector<std::string>> idle_users(const std::string& resource_id,
                                                const std::vector<std::string>& users);
    Result<void> deliver(const LoginsRequest& lines);

    // Another key and certificate for the same agent, used from now on.
    Result<Identity> renew(Instant now);

    Identity identity() const;

    // Ends what is under way, within a second, and refuses all that comes later.
    void stop();

private:
    struct Wire;

    Result<std::string> call(std::string_view path, const std::string& body,
                             std::chrono::milliseconds deadline);
    std::shared_ptr<Wire> borrow();
    void give_back(const std::shared_ptr<Wire>& wire);

    mutable Mutex mutex_;
    Identity identity_ GUARDED_BY(mutex_);
    unsigned generation_ GUARDED_BY(mutex_) = 0;  // of the identity
    std::vector<std::shared_ptr<Wire>> idle_ GUARDED_BY(mutex_);
    std::vector<std::weak_ptr<Wire>> used_ GUARDED_BY(mutex_);  // to be cancelled at the end
    bool stopped_ GUARDED_BY(mutex_) = false;
};

}  // namespace countersign::agent_api::client
