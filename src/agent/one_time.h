// Tokens that have been seen, each until nothing would accept it any more: which ones a one-time database has
// let in, and which ones count no more for a rate. Keeps digests, never a token. Bounded: full takes no
// further one. Safe to call from any thread.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/mutex.h"
#include "login/verdict.h"

namespace countersign::agent {

class ReplayCache {
public:
    explicit ReplayCache(std::size_t tokens_max) : tokens_max_(tokens_max) {}

    // True once for each token, whoever asks first; false for one that was added before, or when full.
    bool add(const login::TokenMark& mark, Instant now);
    bool contains(const std::string& digest) const;

private:
    void forget_expired(Instant now) REQUIRES(mutex_);

    const std::size_t tokens_max_;
    mutable Mutex mutex_;
    std::map<std::string, Instant, std::less<>> by_digest_ GUARDED_BY(mutex_);  // until when
    std::size_t look_at_ GUARDED_BY(mutex_) = 1024;  // tokens, before those that expired are looked for
};

// Whether the server's tags ask that a token of this user is good for one login: the tag
// `countersign:one-time-tokens` with `*` or the names of users, separated by blanks.
bool is_one_time(const login::Server& server, std::string_view user);

}  // namespace countersign::agent
