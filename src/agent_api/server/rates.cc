#include "agent_api/server/rates.h"

#include <algorithm>

#include "base/limits.h"

namespace countersign::agent_api::server {

namespace {

using Pace = std::chrono::nanoseconds;
constexpr Pace pace = Pace(std::chrono::seconds(1)) / limits::agent_requests_per_second;
constexpr Pace burst = limits::agent_requests_at_once * pace;

}  // namespace

bool Rates::passes(const std::string& agent, std::size_t bytes, Time now) {
    const auto requests = static_cast<std::int64_t>(1 + bytes / limits::agent_request_bytes);
    const MutexLock lock(mutex_);
    Time& drained = drained_[agent];
    const Time then = std::max(drained, now) + requests * pace;
    if (then > now + burst) return false;
    drained = then;
    return true;
}

}  // namespace countersign::agent_api::server
