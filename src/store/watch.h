// The waiting half of a Watch, the same for every store that can look up its own history.
// News is the store's; it and the store must outlive the watches.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "store/history.h"
#include "store/store.h"

namespace countersign::store {

inline constexpr std::size_t look_events_max = 1000;  // a look ends with the commit that reaches this

// The newest revision, and a bell that rings when it grows. Safe from any thread.
class News {
public:
    Revision newest() const { return newest_.load(); }
    void publish(Revision revision);

private:
    friend class HistoryWatch;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::atomic<Revision> newest_ = 0;
};

// What a look at the history found: whole commits, all those up to `seen`.
struct Look {
    std::vector<Event> events;
    Revision seen = 0;
};

class HistoryWatch final : public Watch {
public:
    // The events in a range of keys after a revision.
    using LookUp = std::function<Result<Look>(const KeyRange& range, Revision after)>;

    HistoryWatch(News& news, LookUp look_up, std::string_view prefix, Revision after)
        : news_(news), look_up_(std::move(look_up)), range_(range_of(prefix)), seen_(after) {}

    Result<std::vector<Event>> next(std::chrono::milliseconds patience) override;
    void wake() override;

private:
    Result<std::vector<Event>> look();

    News& news_;
    LookUp look_up_;
    KeyRange range_;
    Revision seen_;
    bool woken_ = false;  // guarded by the mutex of news_
};

// Fault::compacted when the revision after this one is gone.
Result<void> check_watchable(Revision after, Revision compacted);

}  // namespace countersign::store
