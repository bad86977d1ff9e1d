#include "agent/throttle.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "base/network.h"

namespace countersign::agent {

namespace {

using std::chrono::milliseconds;

constexpr auto interval = std::chrono::seconds(5);  // a refusal counts for one to two of them
constexpr int refusals_free = 5;
constexpr auto delay_first = milliseconds(125);
constexpr auto delay_max = milliseconds(1000);  // the login hook gives up after limits::login_answer_max

milliseconds delay_for(int refusals) {
    milliseconds delay{0};
    for (int i = refusals_free; i < refusals && delay < delay_max; ++i)
        delay = std::max(delay_first, 2 * delay);
    return std::min(delay, delay_max);
}

}  // namespace

TokenRateLimiter::TokenRateLimiter() : passed_(limits::tokens_seen_max) {}

bool TokenRateLimiter::passes(const std::string& resource_id, const login::TokenMark& mark, Instant now,
                              Monotonic moment) {
    if (passed_.contains(mark.digest)) return true;
    if (!takes_one(resource_id, moment)) return false;
    passed_.add(mark, now);
    return true;
}

// A second's worth may come at once, then one every 5 ms.
bool TokenRateLimiter::takes_one(const std::string& resource_id, Monotonic moment) {
    constexpr auto second = std::chrono::seconds(1);
    constexpr auto pace = milliseconds(second) / limits::throttled_tokens_per_second;
    const MutexLock lock(mutex_);
    auto drained = drained_.find(resource_id);
    if (drained == drained_.end()) {
        std::erase_if(drained_, [moment](const auto& other) { return other.second <= moment; });
        drained = drained_.emplace(resource_id, moment).first;
    }
    const Monotonic after = std::max(drained->second, moment) + pace;
    if (after > moment + second) return false;
    drained->second = after;
    return true;
}

milliseconds FailureDelay::refused(const std::string& source_address, Monotonic moment) {
    const std::string source = network_of(source_address);
    const MutexLock lock(mutex_);
    if (moment - turned_ >= interval) {
        if (moment - turned_ >= 2 * interval) now_.clear();
        before_ = std::exchange(now_, {});
        turned_ = moment;
    }
    const auto earlier = before_.find(source);
    if (now_.size() >= sources_max_ && !now_.contains(source)) return milliseconds(0);
    const int refusals = std::min(++now_[source], refusals_free + 100);
    return delay_for(refusals + (earlier == before_.end() ? 0 : earlier->second));
}

}  // namespace countersign::agent
