// Login records by access key, asked of a control plane that is far away and kept until its watch says that
// something changed of which they are made. While the control plane is away, what is kept goes on being used
// for a while (control_plane_health.h); nothing of it is ever on disk. Asked for are only keys of days that a
// token of now can be of, and those of a day that is over are let go. Of calls for the same key one asks.
// Safe to call from any thread.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "agent/record_source.h"
#include "agent_api/client/control.h"
#include "agent_api/client/control_plane_health.h"
#include "agent_api/client/marked_cache.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/single_flight.h"

namespace countersign::agent_api::client {

// Policies as they were compiled, each once however many records hold it. Safe to call from any thread.
class Policies {
public:
    Result<std::shared_ptr<const policy::Document>> compiled(const std::string& text);

private:
    Mutex mutex_;
    std::unordered_map<std::string, std::weak_ptr<const policy::Document>> kept_
        GUARDED_BY(mutex_);  // by SHA-256
    std::size_t tidy_at_ GUARDED_BY(mutex_) = 1024;
};

class CachedRecords : public agent::RecordSource {
public:
    using Ask = std::function<Result<RecordAnswer>(const RecordRequest&)>;
    struct Deps {
        Ask ask;  // the control plane
        const Clock& clock;
        std::function<Uptime()> uptime;
    };

    CachedRecords(Deps deps, std::chrono::seconds stale_for);

    Result<std::shared_ptr<const login::LoginRecord>> find(const login::ClaimedKey& claimed) override;

    // What the watch heard.
    void apply(const WatchAnswer& answer);
    // Lets go of what was for a day that is over. To be called now and then.
    void forget_past_days();
    // The control plane knows this agent no longer.
    void refuse_all(const std::string& reason);

    struct State {
        std::size_t records = 0;
        std::optional<Uptime> silence;  // none: never heard
        bool fresh = false;
    };
    State state() const;

private:
    using RecordPointer = std::shared_ptr<const login::LoginRecord>;
    using Records = MarkedCache<RecordPointer>;

    // What was asked for, and the moment after which it was.
    struct Fetched {
        RecordPointer record;
        Records::Version asked = 0;
    };

    void drop_past_days(Instant now) REQUIRES(mutex_);
    std::optional<Result<RecordPointer>> kept(const std::string& place) REQUIRES(mutex_);
    Result<Fetched> fetch(const login::ClaimedKey& claimed, const std::string& place);
    Error away(const std::string& why);

    const Deps deps_;
    Policies policies_;
    SingleFlight<Result<Fetched>> fetches_;  // by place
    mutable Mutex mutex_;
    ControlPlaneHealth health_ GUARDED_BY(mutex_);
    Records records_ GUARDED_BY(mutex_);
    std::chrono::sys_days oldest_day_ GUARDED_BY(mutex_) = {};  // of what is kept
    MarkedCache<bool> strangers_ GUARDED_BY(mutex_);  // access keys that the control plane does not know
    std::optional<Uptime> retry_at_
        GUARDED_BY(mutex_);  // the control plane did not answer; nobody waits for it until then
};

}  // namespace countersign::agent_api::client
