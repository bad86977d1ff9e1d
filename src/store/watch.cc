#include "store/watch.h"

#include <fmt/format.h>

#include <algorithm>

namespace countersign::store {

namespace {

constexpr std::chrono::milliseconds patience_max = std::chrono::hours(24);  // keeps deadlines representable

}  // namespace

void News::publish(Revision revision) {
    {
        const std::lock_guard lock(mutex_);
        newest_ = revision;
    }
    changed_.notify_all();
}

Result<std::vector<Event>> HistoryWatch::look() {
    Look found = TRY(look_up_(range_, seen_));
    seen_ = std::max(seen_, found.seen);
    return std::move(found.events);
}

Result<std::vector<Event>> HistoryWatch::next(std::chrono::milliseconds patience) {
    Result<std::vector<Event>> events = look();
    const bool only_looks = patience <= std::chrono::milliseconds::zero();
    if (!events || !events->empty() || only_looks) return events;

    std::unique_lock lock(news_.mutex_);
    // The history is read with the bell's lock given back, so that writers never wait for readers.
    const auto something_happened = [&] {
        while (!woken_ && news_.newest() > seen_) {
            lock.unlock();
            events = look();
            lock.lock();
            if (!events || !events->empty()) return true;
        }
        return woken_;
    };
    news_.changed_.wait_for(lock, std::min(patience, patience_max), something_happened);
    woken_ = false;
    return events;
}

void HistoryWatch::wake() {
    {
        const std::lock_guard lock(news_.mutex_);
        woken_ = true;
    }
    news_.changed_.notify_all();
}

Result<void> check_watchable(Revision after, Revision compacted) {
    if (after + 1 >= compacted) return {};
    return Error{Fault::compacted,
                 fmt::format("what followed revision {} is no longer kept; list again", after)};
}

}  // namespace countersign::store
