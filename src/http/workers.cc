#include "http/workers.h"

#include <algorithm>
#include <utility>

namespace countersign::http {

void Workers::start(unsigned threads) {
    const unsigned count = std::max(threads, 1u);
    unfinished_max_ = limits_.waiting + count;
    for (unsigned i = 0; i < count; ++i) threads_.emplace_back(name_, log_, [this] { work(); });
}

bool Workers::offer(const std::string& owner, Job job) {
    {
        const MutexLock lock(mutex_);
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

void Workers::end(Waiting waiting) {
    std::deque<Queued> dropped;
    {
        const MutexLock lock(mutex_);
        finished_ = true;
        if (waiting == Waiting::drop) dropped.swap(waiting_);
    }
    changed_.notify_all();
    dropped.clear();
    for (Thread& thread : threads_) thread.join();
    threads_.clear();
}

// The first that may run now.
std::deque<Workers::Queued>::iterator Workers::next() {
    auto found = waiting_.begin();
    while (found != waiting_.end() && owners_[found->owner].running >= limits_.running_of_one) ++found;
    return found;
}

void Workers::work() {
    mutex_.lock();
    for (;;) {
        auto found = next();
        while (found == waiting_.end() && !(finished_ && waiting_.empty())) {
            changed_.wait(mutex_);
            found = next();
        }
        if (found == waiting_.end()) break;
        Queued mine = std::move(*found);
        waiting_.erase(found);
        ++owners_[mine.owner].running;
        mutex_.unlock();
        guarded(log_, name_, mine.job);
        mine.job = nullptr;
        mutex_.lock();
        ended(mine.owner);
    }
    mutex_.unlock();
}

void Workers::ended(const std::string& owner) {
    --unfinished_;
    const auto owned = owners_.find(owner);
    --owned->second.running;
    if (--owned->second.unfinished == 0) owners_.erase(owned);
    if (finished_) changed_.notify_all();
}

}  // namespace countersign::http
