// Connections that wait for a worker: bounded, and full means "no" now.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "agent/sockets.h"

namespace countersign::agent {

// An accepted connection, and the server on whose socket it came.
struct Pending {
    Descriptor connection;
    std::string resource_id;
};

class PendingQueue {
public:
    explicit PendingQueue(std::size_t pending_max) : pending_max_(pending_max) {}

    [[nodiscard]] bool try_push(Pending pending) {
        {
            const std::lock_guard lock(mutex_);
            if (closed_ || waiting_.size() >= pending_max_) return false;
            waiting_.push_back(std::move(pending));
        }
        ready_.notify_one();
        return true;
    }

    // Waits for one; nothing once the queue is closed and empty.
    std::optional<Pending> pop() {
        std::unique_lock lock(mutex_);
        ready_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
        if (waiting_.empty()) return std::nullopt;
        Pending pending = std::move(waiting_.front());
        waiting_.pop_front();
        return pending;
    }

    void close() {
        {
            const std::lock_guard lock(mutex_);
            closed_ = true;
        }
        ready_.notify_all();
    }

private:
    const std::size_t pending_max_;
    std::mutex mutex_;
    std::condition_variable ready_;
    std::deque<Pending> waiting_;
    bool closed_ = false;
};

}  // namespace countersign::agent
