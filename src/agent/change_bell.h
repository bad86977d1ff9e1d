// Tells those who judge live sessions that something may have changed: rung by whoever sees the change (the
// store's watch, a far control plane's watch, the agent when a server's facts change), heard by one thread.
// Rings between two waits are one. Safe to call from any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace countersign::agent {

class ChangeBell {
public:
    void ring() {
        {
            const std::lock_guard lock(mutex_);
            rung_ = true;
            ++rings_;
        }
        heard_.notify_all();
    }

    // Ends every wait, now and later.
    void close() {
        {
            const std::lock_guard lock(mutex_);
            closed_ = true;
        }
        heard_.notify_all();
    }

    bool is_closed() {
        const std::lock_guard lock(mutex_);
        return closed_;
    }

    // How often it has been rung.
    std::uint64_t rings() const { return rings_; }

    enum class Heard { ring, nothing, closed };

    // Waits for a ring since the last wait, not longer than `patience`.
    Heard wait(std::chrono::milliseconds patience) {
        std::unique_lock lock(mutex_);
        heard_.wait_for(lock, patience, [this] { return rung_ || closed_; });
        if (closed_) return Heard::closed;
        const bool rung = rung_;
        rung_ = false;
        return rung ? Heard::ring : Heard::nothing;
    }

private:
    std::mutex mutex_;  // guards what follows
    std::condition_variable heard_;
    bool rung_ = false;
    std::atomic<std::uint64_t> rings_ = 0;
    bool closed_ = false;
};

}  // namespace countersign::agent
