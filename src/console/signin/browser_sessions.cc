#include "console/signin/browser_sessions.h"

#include <algorithm>

#include "crypto/digest.h"
#include "formats/encoding.h"

namespace countersign::console {

namespace {

constexpr std::size_t cookie_bytes = 32;
constexpr std::size_t sessions_max = 10'000;
constexpr std::size_t addresses_max = 10'000;
constexpr int wrong_max = 30;
constexpr auto wrong_time = std::chrono::minutes(5);

bool is_over(const BrowserSession& session, Instant now) {
    const auto whole = session.stage == Stage::signed_in ? std::chrono::minutes(session_max) : unfinished_max;
    return now - session.begun >= whole || now - session.seen >= idle_max;
}

}  // namespace

void BrowserSessions::forget_old(Instant now) {
    if (sessions_.size() < sessions_max) return;
    std::erase_if(sessions_, [&](const auto& one) { return is_over(one.second, now); });
    if (sessions_.size() < sessions_max) return;
    sessions_.erase(std::ranges::min_element(sessions_, {}, [](const auto& one) { return one.second.seen; }));
}

std::string BrowserSessions::begin(BrowserSession session, Instant now) {
    std::string cookie = formats::hex(random_.bytes(cookie_bytes));
    session.begun = session.seen = now;
    const MutexLock lock(mutex_);
    forget_old(now);
    sessions_[crypto::sha256_hex(cookie)] = std::move(session);
    return cookie;
}

std::optional<BrowserSession> BrowserSessions::find(const std::string& cookie, Instant now) {
    if (cookie.empty()) return std::nullopt;
    const MutexLock lock(mutex_);
    const auto found = sessions_.find(crypto::sha256_hex(cookie));
    if (found == sessions_.end()) return std::nullopt;
    if (is_over(found->second, now)) {
        sessions_.erase(found);
        return std::nullopt;
    }
    found->second.seen = now;
    return found->second;
}

std::string BrowserSessions::renew(const std::string& cookie, BrowserSession session, Instant now) {
    end(cookie);
    return begin(std::move(session), now);
}

void BrowserSessions::put(const std::string& cookie, BrowserSession session) {
    const MutexLock lock(mutex_);
    const auto found = sessions_.find(crypto::sha256_hex(cookie));
    if (found != sessions_.end()) found->second = std::move(session);
}

void BrowserSessions::end(const std::string& cookie) {
    const MutexLock lock(mutex_);
    sessions_.erase(crypto::sha256_hex(cookie));
}

bool AddressBrake::holds(const std::string& address, Instant now) {
    const MutexLock lock(mutex_);
    const auto found = counted_.find(address);
    return found != counted_.end() && now - found->second.since < wrong_time &&
           found->second.wrong >= wrong_max;
}

void AddressBrake::count(const std::string& address, Instant now) {
    const MutexLock lock(mutex_);
    if (counted_.size() >= addresses_max)
        std::erase_if(counted_, [&](const auto& one) { return now - one.second.since >= wrong_time; });
    if (counted_.size() >= addresses_max) return;
    Counted& counted = counted_[address];
    if (counted.wrong == 0 || now - counted.since >= wrong_time) counted = {0, now};
    ++counted.wrong;
}

}  // namespace countersign::console
