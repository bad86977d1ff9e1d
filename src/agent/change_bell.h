// Tells those who judge live sessions that something may have changed: rung by whoever sees the change (the
// store's watch, a far control plane's watch, the agent when a server's facts change), heard by one thread.
// Rings between two waits are one. Safe to call from any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "base/mutex.h"

namespace countersign::agent {

class ChangeBell {
public:
    void ring() {
        {
            const MutexLock lock(mutex_);
            rung_ = true;
            ++rings_;
        }
        heard_.notify_all();
    }

    // Ends every wait, now and later.
    void close() {
        {
            const MutexLock lock(mutex_);
            closed_ = true;
        }
        heard_.notify_all();
    }

    bool is_closed() {
        const MutexLock lock(mutex_);
        return closed_;
    }

    // How often it has been rung.
    std::uint64_t rings() const { return rings_; }

    enum class Heard { ring, nothing, closed };

    // Waits for a ring since the last wait, not longer than `patience`.
    Heard wait(std::chrono::milliseconds patience) {
        const MutexLock lock(mutex_);
        heard_.wait_for(mutex_, patience, [this]() REQUIRES(mutex_) { return rung_ || closed_; });
        if (closed_) return Heard::closed;
        const bool rung = rung_;
        rung_ = false;
        return rung ? Heard::ring : Heard::nothing;
    }

private:
    Mutex mutex_;
    Condition heard_;
    bool rung_ GUARDED_BY(mutex_) = false;
    std::atomic<std::uint64_t> rings_ = 0;
    bool closed_ GUARDED_BY(mutex_) = false;
};

}  // namespace countersign::agent
