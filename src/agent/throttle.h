// Two limits. TokenRateLimiter is AWS's limit on new tokens, where an operator asks for it. FailureDelay
// tells how long the refusal of a source that fails again and again waits; logins that succeed never do. Both
// are bounded and bring no clock. Safe to call from any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>

#include "agent/one_time.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "login/verdict.h"

namespace countersign::agent {

using Monotonic = std::chrono::steady_clock::time_point;

// At most so many tokens a second and database that were not seen before; one that passed is free for the
// rest of its life. Only tokens whose signature was right may be asked about: what anybody can make up would
// use up what is left for others.
class TokenRateLimiter {
public:
    TokenRateLimiter();

    // False: the token is one too many.
    bool passes(const std::string& resource_id, const login::TokenMark& mark, Instant now, Monotonic moment);

private:
    bool takes_one(const std::string& resource_id, Monotonic moment);

    ReplayCache passed_;
    Mutex mutex_;
    // For each database, when all that passed would have passed at an even pace.
    std::map<std::string, Monotonic> drained_ GUARDED_BY(mutex_);
};

class FailureDelay {
public:
    explicit FailureDelay(std::size_t sources_max) : sources_max_(sources_max) {}

    // Counts a refusal of this client; how long its answer should wait.
    std::chrono::milliseconds refused(const std::string& source_address, Monotonic moment);

private:
    const std::size_t sources_max_;
    Mutex mutex_;
    Monotonic turned_ GUARDED_BY(mutex_);
    std::map<std::string, int> now_ GUARDED_BY(mutex_);     // refusals since turned_
    std::map<std::string, int> before_ GUARDED_BY(mutex_);  // those of the interval before
};

}  // namespace countersign::agent
