// Takes out of the store what nobody can ask for any more: events of RDS after 14 days, when keys and roles
// that are gone were last used, and the marks of signed requests that are too old to be used again. In steps
// of one small transaction each, from a thread of its own.
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

// AWS takes no signature that is older than fifteen minutes; clocks may differ by five.
inline constexpr std::chrono::minutes proofs_kept{20};

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
    Result<bool> erase_old_proofs();
    Result<bool> erase_unowned_uses();
    // The first entries of a list in the order of time, where they are before that key; false: none is.
    Result<bool> erase_before(const std::string& list, const std::string& kept);
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
