// Connections that were accepted and have said nothing yet, so that a silent one holds no worker. Bounded:
// the one that has waited longest makes room. For the one thread that accepts.
#pragma once

#include <poll.h>

#include <chrono>
#include <cstddef>
#include <deque>
#include <vector>

#include "agent/pending.h"

namespace countersign::agent {

class Arrivals {
public:
    using Moment = std::chrono::steady_clock::time_point;

    Arrivals(std::size_t silent_max, std::chrono::milliseconds silence_max)
        : silent_max_(silent_max), silence_max_(silence_max) {}

    // A connection that has something to say goes straight on to the queue.
    void add(Pending arrived, PendingQueue& queue, Moment now);

    // What to wait for, behind what is there already; and for how long, in milliseconds, or -1.
    void add_to(std::vector<pollfd>& polled) const;
    int patience(Moment now) const;

    // `polled` is what add_to() added, after the wait. Hands on those that have spoken, and gives up those
    // that were silent for too long.
    void look(const pollfd* polled, PendingQueue& queue, Moment now);

private:
    struct Silent {
        Pending pending;
        Moment since;
    };

    const std::size_t silent_max_;
    const std::chrono::milliseconds silence_max_;
    std::deque<Silent> silent_;  // oldest first
};

}  // namespace countersign::agent
