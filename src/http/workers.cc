#include "http/workers.h"

#include <algorithm>
#include <utility>

namespace countersign::http {

void Workers::start(unsigned threads) {
    const unsigned count = std::max(threads, 1u);
    unfinished_max_ = limits_.waiting + count;
    for (unsigned i = 0; i < count; ++i) threads_.emplace_back(&Workers::work, this);
}

bool Workers::offer(const std::string& owner, Job job) {
    {
        const std::lock_guard lock(mutex_);
        if (finished_ || unfinished_ >= unfinished_max_) return false;
        Owned& owned = owners_[owner];
        if (owned.unfinished >= limits_.of_one) return false;
        ++owned.unfinished;
        ++unfinished_;
        waiting_.push_back({owner, std::move(job)});
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

// The first that may run now.
std::deque<Workers::Waiting>::iterator Workers::next() {
    return std::ranges::find_if(
        waiting_, [this](const Waiting& one) { return owners_[one.owner].running < limits_.running_of_one; });
}

void Workers::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        auto found = waiting_.end();
        changed_.wait(lock, [&] {
            found = next();
            return found != waiting_.end() || (finished_ && waiting_.empty());
        });
        if (found == waiting_.end()) return;
        Waiting mine = std::move(*found);
        waiting_.erase(found);
        ++owners_[mine.owner].running;
        lock.unlock();
        mine.job();
        mine.job = nullptr;
        lock.lock();
        ended(mine.owner);
    }
}

void Workers::ended(const std::string& owner) {
    --unfinished_;
    const auto owned = owners_.find(owner);
    --owned->second.running;
    if (--owned->second.unfinished == 0) owners_.erase(owned);
    if (finished_) changed_.notify_all();
}

}  // namespace countersign::http
