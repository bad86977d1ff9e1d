// Hands items to one thread of its own, so that who has them need not wait: bounded, and full means "no" now.
// Owns the thread. Safe to call from any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <utility>

#include "base/log.h"
#include "base/mutex.h"
#include "base/thread.h"

namespace countersign::audit {

template <class Item>
class LogQueue {
public:
    // `consume` says false of an item that it could not take, or throws: it is offered again after a while.
    // The name is that of the thread, 15 bytes at most; the log must outlive this.
    LogQueue(std::string name, const Log& log, std::size_t items_max,
             std::function<bool(const Item&)> consume)
        : name_(std::move(name)),
          log_(log),
          items_max_(items_max),
          consume_(std::move(consume)),
          thread_(
              name_, log, [this] { run(); }, [this] { return is_ending(); }) {}
    ~LogQueue() { finish(); }
    LogQueue(const LogQueue&) = delete;
    LogQueue& operator=(const LogQueue&) = delete;

    // What still waits is offered once; at the first refusal the rest is left. Says how much that is.
    std::size_t finish() {
        {
            const MutexLock lock(mutex_);
            ending_ = true;
        }
        news_.notify_one();
        thread_.join();
        const MutexLock lock(mutex_);
        return items_.size();
    }

    [[nodiscard]] bool try_push(Item item) {
        {
            const MutexLock lock(mutex_);
            if (ending_ || items_.size() >= items_max_) return false;
            items_.push_back(std::move(item));
        }
        news_.notify_one();
        return true;
    }

private:
    static constexpr auto pause = std::chrono::seconds(1);

    void run() {
        while (const Item* first = await_first()) {
            bool taken = false;
            guarded(log_, name_, [&] { taken = consume_(*first); });
            if (!goes_on(taken)) return;
        }
    }

    // The item that is next, which pushes at the end leave where it is; nothing at the end.
    const Item* await_first() {
        const MutexLock lock(mutex_);
        while (!ending_ && items_.empty()) news_.wait(mutex_);
        return items_.empty() ? nullptr : &items_.front();
    }

    bool goes_on(bool taken) {
        const MutexLock lock(mutex_);
        if (taken) items_.pop_front();
        return taken || !news_.wait_for(mutex_, pause, [this]() REQUIRES(mutex_) { return ending_; });
    }

    bool is_ending() {
        const MutexLock lock(mutex_);
        return ending_;
    }

    const std::string name_;
    const Log& log_;
    const std::size_t items_max_;
    const std::function<bool(const Item&)> consume_;
    Mutex mutex_;
    Condition news_;
    std::deque<Item> items_ GUARDED_BY(mutex_);
    bool ending_ GUARDED_BY(mutex_) = false;
    Thread thread_;
};

}  // namespace countersign::audit
