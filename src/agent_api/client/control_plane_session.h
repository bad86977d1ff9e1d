// An agent's bond with its control plane: follows its watch, tells the records what changed, announces the
// servers of this agent, renews the certificate. It has a thread of its own, from which the observer is
// called.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "agent_api/client/cached_records.h"
#include "agent_api/client/control.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/thread.h"
#include "databases/server_view.h"

namespace countersign::agent_api::client {

// The servers that an agent with this state directory heard of last; none when it heard of none.
std::vector<databases::ServerView> servers_known_in(const std::filesystem::path& state_directory);

class ControlPlaneSession {
public:
    // Everything passed by reference must outlive it.
    struct Deps {
        ControlPlane& control;
        CachedRecords& records;
        databases::Observer& observer;
        std::function<void()> changed;  // something may have changed that decides logins
        std::function<void(const agent::SessionEnd&)> end_sessions;
        const Clock& clock;
        const Log& log;
        std::string run_directory;  // of this agent's sockets, to be told to the control plane
    };

    ControlPlaneSession(Deps deps, std::filesystem::path state_directory)
        : deps_(std::move(deps)), directory_(std::move(state_directory)) {}
    ~ControlPlaneSession() { stop(); }
    ControlPlaneSession(const ControlPlaneSession&) = delete;
    ControlPlaneSession& operator=(const ControlPlaneSession&) = delete;

    // Announces the servers that were known the last time, so that their logins are answered, if only with a
    // reason, while the control plane is away; then follows. Returns once the control plane has answered or
    // `patience` is over.
    void start(std::chrono::milliseconds patience);
    void stop();

    std::int64_t revision() const;
    std::size_t servers() const;

private:
    bool is_stopping() const;
    void follow();
    bool look();
    void take(const WatchAnswer& answer);
    void lost(const Error& error);
    Result<void> refresh_servers();
    void announce(const std::vector<databases::ServerView>& servers);
    void renew_if_due();
    bool has_expired();
    void wait(std::chrono::milliseconds length);

    const Deps deps_;
    const std::filesystem::path directory_;
    WatchRequest seen_;
    bool servers_due_ = true;
    std::vector<KeyTag> server_marks_;
    std::map<std::string, databases::ServerView> announced_;  // by resource id
    bool is_lost_ = false;
    std::chrono::milliseconds pause_{};

    mutable Mutex mutex_;
    Condition changed_;
    bool answered_ GUARDED_BY(mutex_) = false;
    bool stopping_ GUARDED_BY(mutex_) = false;
    std::int64_t revision_ GUARDED_BY(mutex_) = 0;
    std::size_t server_count_ GUARDED_BY(mutex_) = 0;
    Thread thread_;
};

}  // namespace countersign::agent_api::client
