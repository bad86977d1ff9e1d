#include "http/workers.h"

#include <algorithm>
#include <utility>

namespace countersign::http {

void Workers::start(unsigned threads) {
    const unsigned count = std::max(threads, 1u);
    unfinished_max_ = waiting_max_ + count;
    for (unsigned i = 0; i < count; ++i) threads_.emplace_back(&Workers::work, this);
}

bool Workers::offer(Job job) {
    {
        const std::lock_guard lock(mutex_);
        if (finished_ || unfinished_ >= unfinished_max_) return false;
        ++unfinished_;
        waiting_.push_back(std::move(job));
    }
    changed_.notify_one();
    return true;
}

void Workers::finish() {
    {
        const std::lock_guard lock(mutex_);
        finished_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
}

void Workers::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return finished_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        Job job = std::move(waiting_.front());
        waiting_.pop_front();
        lock.unlock();
        job();
        job = nullptr;
        lock.lock();
        --unfinished_;
    }
}

}  // namespace countersign::http
