// When a token is made again: well before its end, and after a failure soon and then less often. Pure; by the
// wall clock, so that a machine that slept, or whose clock was set, is not held to what was planned before.
#pragma once

#include <algorithm>
#include <chrono>

#include "base/clock.h"

namespace countersign::passfile {

class Schedule {
public:
    using Seconds = std::chrono::seconds;

    static constexpr Seconds renewed_after{
        300};  // of a token's 900: readers always get one for 10 minutes more
    static constexpr Seconds first_pause{1};
    static constexpr Seconds longest_pause{30};

    bool is_due(Instant now) const { return now >= next_ || now < seen_; }

    // A third of what it is good for leaves room for failures, also where credentials end before their token.
    void renewed(Instant now, Instant good_until) {
        const auto third = std::chrono::floor<Seconds>((good_until - now) / 3);
        pause_ = first_pause;
        plan(now, std::clamp(third, first_pause, renewed_after));
    }

    // What is waited until the next attempt.
    Seconds failed(Instant now) {
        const Seconds pause = pause_;
        pause_ = std::min(pause_ * 2, longest_pause);
        plan(now, pause);
        return pause;
    }

private:
    void plan(Instant now, Seconds pause) {
        seen_ = now;
        next_ = now + pause;
    }

    Instant seen_;
    Instant next_;
    Seconds pause_ = first_pause;
};

}  // namespace countersign::passfile
