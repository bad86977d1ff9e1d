// Follows the logs of all running servers and reports the logins that PostgreSQL refused. What stands in a
// log, and how fast it grows, its tenant decides: so each server's is read in slices that take turns, none
// with a lock held, and its files are removed from their oldest on when they take up too much, read or not.
// How far a log has been read is kept in its server's home after each slice, so that a restart goes on there;
// a login may be reported again after a crash. Has a thread of its own; all calls are safe from any thread.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/thread.h"
#include "databases/engines/local/server_home.h"
#include "databases/server_view.h"
#include "policy/values.h"

namespace countersign::databases::local {

inline constexpr std::chrono::minutes log_retention_default{4320};  // as RDS's

// What the parameters say.
std::chrono::minutes log_retention(const Parameters& parameters);

class LogWatch {
public:
    LogWatch(Observer& observer, const Log& log);  // both must outlive it
    ~LogWatch();                                   // ends after the slice that is being read
    LogWatch(const LogWatch&) = delete;
    LogWatch& operator=(const LogWatch&) = delete;

    // Both wait for one slice of a log at the most.
    // It may be followed already, and is kept for another time from then on. Files whose last line is older
    // are removed. `refused` is from where nobody may connect.
    void follow(const ServerHome& home, std::chrono::minutes kept_for = log_retention_default,
                std::vector<policy::Network> refused = {});
    void leave(const std::string& resource_id);  // reads what came last; the rest, when it is followed again

private:
    class Followed;
    using Clock = std::chrono::steady_clock;

    void run();
    std::shared_ptr<Followed> take_out(const std::string& resource_id);
    bool is_ending();
    std::shared_ptr<Followed> take_turn();
    void end_turn(const std::shared_ptr<Followed>& followed, bool more);
    void take_in_news();
    void note_changes();
    void queue(const std::shared_ptr<Followed>& followed) REQUIRES(mutex_);
    void wake();

    Observer& observer_;
    const Log& log_;
    Descriptor news_;   // inotify on the log directories
    Descriptor alarm_;  // eventfd
    Clock::time_point looked_at_all_;
    Mutex mutex_;
    Condition turn_ended_;
    std::map<std::string, std::shared_ptr<Followed>> followed_ GUARDED_BY(mutex_);
    std::deque<std::shared_ptr<Followed>> waiting_ GUARDED_BY(mutex_);  // for their turn, each once
    std::shared_ptr<Followed> reading_ GUARDED_BY(mutex_);              // whose turn it is
    bool ending_ GUARDED_BY(mutex_) = false;
    Thread thread_;
};

}  // namespace countersign::databases::local
