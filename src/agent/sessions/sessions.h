// The live sessions of this agent: who came in by token and which process serves them. Notices their end by
// their pidfds, ends those that are to end, writes every end into the audit, and finds sessions again after a
// restart. One thread of its own; safe to call from any other.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/sessions/backend.h"
#include "agent/sessions/end.h"
#include "agent/sessions/file.h"
#include "audit/audit.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/thread.h"

namespace countersign::agent {

class Sessions {
public:
    // All must outlive it.
    struct Deps {
        const Clock& clock;
        const Log& log;
        const audit::Audit& audit;
        Terminate terminate = {};
    };
    using Number = std::uint64_t;
    using SessionPointer = std::shared_ptr<const LiveSession>;

    // Without a file, sessions are not found again; without an age, none is too old.
    Sessions(const Deps& deps, std::filesystem::path file, std::optional<std::chrono::seconds> age_max);
    ~Sessions();  // stops
    Sessions(const Sessions&) = delete;
    Sessions& operator=(const Sessions&) = delete;

    // Finds the sessions of an earlier run again; those that have ended meanwhile get their line in the
    // audit.
    Result<void> start();
    // Sessions go on, and the file keeps them for the next start.
    void stop();

    // A session is known from begin() on, before the audit has its login; its end is waited for from follow()
    // on, after that; or forget() takes it back. An error: it cannot be followed.
    Result<Number> begin(LiveSession session, Backend backend);
    void follow(Number number);
    void forget(Number number);

    // Ends the session; its line in the audit has this reason. False when it is no longer there.
    bool end(Number number, const std::string& reason);
    // Ends what the order means, now or while its login is still under way.
    std::size_t end(const SessionEnd& order);

    std::vector<std::pair<Number, SessionPointer>> all() const;

private:
    struct Followed {
        SessionPointer session;
        Backend backend;
        std::string ending;  // why it is being ended; empty: it is not
    };
    using Table = std::map<Number, Followed>;

    void adopt(LiveSession session) REQUIRES(mutex_);
    bool put_an_end(Followed& followed, const std::string& reason) REQUIRES(mutex_);
    void watch();
    void note_end(Number number);
    void end_the_aged(Instant now);
    void record_ends();
    int patience(Instant now) const;
    void remove(Table::iterator found) REQUIRES(mutex_);

    const Deps deps_;
    const std::optional<std::chrono::seconds> age_max_;
    mutable Mutex mutex_;
    SessionsFile file_ GUARDED_BY(mutex_);
    Table table_ GUARDED_BY(mutex_);
    Number next_ GUARDED_BY(mutex_) = 1;
    std::set<std::pair<Instant, Number>> by_age_ GUARDED_BY(mutex_);  // those that may become too old
    std::deque<SessionEnd> orders_ GUARDED_BY(mutex_);  // newest last, for logins that are under way
    std::deque<audit::LoginEntry> unrecorded_ GUARDED_BY(mutex_);  // ends that the audit does not have yet

    Descriptor events_;  // epoll
    Descriptor wake_;    // eventfd
    std::atomic<bool> stopping_{false};
    Thread thread_;
};

}  // namespace countersign::agent
