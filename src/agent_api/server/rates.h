// How much each agent may ask: what one asks beyond its share is refused, and holds up no other. Brings no
// clock. Safe to call from any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>

#include "base/mutex.h"

namespace countersign::agent_api::server {

class Rates {
public:
    using Time = std::chrono::steady_clock::time_point;

    // False: one request of that many bytes is too much now. A large one counts as several.
    bool passes(const std::string& agent, std::size_t bytes, Time now);

private:
    Mutex mutex_;
    std::map<std::string, Time> drained_
        GUARDED_BY(mutex_);  // when all that passed would have passed at an even pace, by agent
};

}  // namespace countersign::agent_api::server
