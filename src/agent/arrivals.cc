#include "agent/arrivals.h"

#include <algorithm>

namespace countersign::agent {

namespace {

void hand_on(Pending pending, PendingQueue& queue) {
    // What a full queue does not take is closed unanswered, and the way in refuses.
    static_cast<void>(queue.try_push(std::move(pending)));
}

}  // namespace

void Arrivals::add(Pending arrived, PendingQueue& queue, Moment now) {
    pollfd speaks{arrived.connection.number(), POLLIN, 0};
    if (::poll(&speaks, 1, 0) == 1) return hand_on(std::move(arrived), queue);
    if (silent_.size() >= silent_max_) silent_.pop_front();
    silent_.push_back({std::move(arrived), now});
}

void Arrivals::add_to(std::vector<pollfd>& polled) const {
    for (const Silent& one : silent_) polled.push_back({one.pending.connection.number(), POLLIN, 0});
}

int Arrivals::patience(Moment now) const {
    if (silent_.empty()) return -1;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(silent_.front().since + silence_max_ - now);
    return static_cast<int>(std::max<std::chrono::milliseconds::rep>(left.count(), 0));
}

void Arrivals::look(const pollfd* polled, PendingQueue& queue, Moment now) {
    std::deque<Silent> still;
    for (Silent& one : silent_) {
        if ((polled++)->revents != 0)
            hand_on(std::move(one.pending), queue);
        else if (one.since + silence_max_ > now)
            still.push_back(std::move(one));
    }
    silent_ = std::move(still);
}

}  // namespace countersign::agent
