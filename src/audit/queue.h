// Hands items to one thread of its own, so that who has them need not wait: bounded, and full means "no" now.
// Owns the thread. Safe to call from any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace countersign::audit {

template <class Item>
class LogQueue {
public:
    // `consume` says false of an item that it could not take: it is offered again after a while.
    LogQueue(std::size_t items_max, std::function<bool(const Item&)> consume)
        : items_max_(items_max), consume_(std::move(consume)), thread_([this] { run(); }) {}
    ~LogQueue() { finish(); }
    LogQueue(const LogQueue&) = delete;
    LogQueue& operator=(const LogQueue&) = delete;

    // What still waits is offered once; at the first refusal the rest is left. Says how much that is.
    std::size_t finish() {
        {
            const std::lock_guard lock(mutex_);
            ending_ = true;
        }
        news_.notify_one();
        if (thread_.joinable()) thread_.join();
        return items_.size();
    }

    [[nodiscard]] bool try_push(Item item) {
        {
            const std::lock_guard lock(mutex_);
            if (ending_ || items_.size() >= items_max_) return false;
            items_.push_back(std::move(item));
        }
        news_.notify_one();
        return true;
    }

private:
    static constexpr auto pause = std::chrono::seconds(1);

    void run() {
        std::unique_lock lock(mutex_);
        while (true) {
            news_.wait(lock, [this] { return ending_ || !items_.empty(); });
            if (items_.empty()) return;
            const Item& first = items_.front();  // pushes at the end leave it where it is
            lock.unlock();
            const bool taken = consume_(first);
            lock.lock();
            if (taken)
                items_.pop_front();
            else if (ending_ || news_.wait_for(lock, pause, [this] { return ending_; }))
                return;
        }
    }

    const std::size_t items_max_;
    const std::function<bool(const Item&)> consume_;
    std::mutex mutex_;
    std::condition_variable news_;
    std::deque<Item> items_;
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace countersign::audit
