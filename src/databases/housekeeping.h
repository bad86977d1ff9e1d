// Takes out of the store what nobody can ask for any more: events of RDS after 14 days, and when keys and
// roles that are gone were last used. In steps of one small transaction each, from a thread of its own.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/thread.h"
#include "store/store.h"

namespace countersign::databases {

// As on RDS: docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeEvents.html.
inline constexpr std::chrono::days events_kept{14};

class Housekeeping {
public:
    struct Deps {
        store::Store& store;
        const Clock& clock;
        const Log& log;
    };

    explicit Housekeeping(const Deps& deps) : deps_(deps) {}
    ~Housekeeping() { stop(); }

    void start();
    // Returns when the step that goes on is done.
    void stop();

    // The next step. False: all is done for this time. One thread at a time.
    Result<bool> step();

private:
    Result<bool> erase_old_events();
    Result<bool> erase_unowned_uses();
    void run();
    bool waits_for_end(std::chrono::milliseconds patience);

    const Deps deps_;
    std::string uses_seen_;  // the key up to which this time's last uses were looked at
    Mutex mutex_;
    Condition changed_;
    bool stopping_ GUARDED_BY(mutex_) = false;
    Thread thread_;
};

}  // namespace countersign::databases
