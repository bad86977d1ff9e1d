// Tells those who judge live sessions that something may have changed: notified by whoever sees the change
// (the store's watch, a far control plane's watch, the agent when a server's facts change), heard by one
// thread. What is notified between two waits is one change. Safe to call from any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "base/mutex.h"

namespace countersign::agent {

class ChangeNotifier {
public:
    void notify() {
        {
            const MutexLock lock(mutex_);
            notified_ = true;
            ++notifications_;
        }
        happened_.notify_all();
    }

    // Ends every wait, now and later.
    void close() {
        {
            const MutexLock lock(mutex_);
            closed_ = true;
        }
        happened_.notify_all();
    }

    bool is_closed() {
        const MutexLock lock(mutex_);
        return closed_;
    }

    // How often it has been notified.
    std::uint64_t notifications() const { return notifications_; }

    enum class Heard { change, nothing, closed };

    // Waits for a change since the last wait, not longer than `patience`.
    Heard wait(std::chrono::milliseconds patience) {
        const MutexLock lock(mutex_);
        happened_.wait_for(mutex_, patience, [this]() REQUIRES(mutex_) { return notified_ || closed_; });
        if (closed_) return Heard::closed;
        const bool notified = notified_;
        notified_ = false;
        return notified ? Heard::change : Heard::nothing;
    }

private:
    Mutex mutex_;
    Condition happened_;
    bool notified_ GUARDED_BY(mutex_) = false;
    std::atomic<std::uint64_t> notifications_ = 0;
    bool closed_ GUARDED_BY(mutex_) = false;
};

}  // namespace countersign::agent
