#include "agent/one_time.h"

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"

namespace countersign::agent {

bool ReplayCache::add(const login::TokenMark& mark, Instant now) {
    const MutexLock lock(mutex_);
    if (by_digest_.contains(mark.digest)) return false;
    if (by_digest_.size() >= std::min(look_at_, tokens_max_)) forget_expired(now);
    if (by_digest_.size() >= tokens_max_) return false;
    // The clock may be set back after the token has expired.
    by_digest_.emplace(mark.digest, mark.expires + limits::token_future_skew_max);
    return true;
}

bool ReplayCache::contains(const std::string& digest) const {
    const MutexLock lock(mutex_);
    return by_digest_.contains(digest);
}

// Looked for again when there are twice as many, so that it costs the same for each token.
void ReplayCache::forget_expired(Instant now) {
    constexpr std::size_t look_at_least = 1024;
    std::erase_if(by_digest_, [now](const auto& seen) { return seen.second < now; });
    look_at_ = std::max(look_at_least, 2 * by_digest_.size());
}

bool is_one_time(const login::Server& server, std::string_view user) {
    constexpr std::string_view name = "countersign:one-time-tokens";
    const auto tag = std::ranges::find(server.tags, name, [](const auto& known) { return known.first; });
    if (tag == server.tags.end()) return false;
    const auto users = split(tag->second, ' ');
    return std::ranges::any_of(users, [user](std::string_view one) { return one == "*" || one == user; });
}

}  // namespace countersign::agent
