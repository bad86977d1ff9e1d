#include "agent_api/client/cached_records.h"

#include <algorithm>

#include "base/limits.h"
#include "crypto/digest.h"
#include "policy/policy.h"
#include "sigv4/token.h"

namespace countersign::agent_api::client {

namespace {

constexpr std::size_t records_max = 100'000;  // a few KiB each
constexpr std::size_t strangers_max = 1000;
constexpr auto retry_after = std::chrono::milliseconds(1000);
constexpr std::string_view unknown_while_away =
    "the control plane cannot be reached, and this access key has not logged in here";

std::string place_of(const login::ClaimedKey& claimed) {
    const std::string session =
        claimed.session_token.empty() ? std::string() : crypto::sha256_hex(claimed.session_token);
    return claimed.access_key_id + ' ' + session + ' ' + claimed.scope.date + ' ' + claimed.scope.region;
}

}  // namespace

Result<std::shared_ptr<const policy::Document>> Policies::compiled(const std::string& text) {
    const std::string digest = crypto::sha256(text);
    {
        const MutexLock lock(mutex_);
        if (const auto found = kept_.find(digest); found != kept_.end())
            if (auto document = found->second.lock()) return document;
    }
    std::shared_ptr<const policy::Document> document = TRY(policy::parse_lenient(text));
    const MutexLock lock(mutex_);
    if (kept_.size() >= tidy_at_) {
        std::erase_if(kept_, [](const auto& one) { return one.second.expired(); });
        tidy_at_ = std::max<std::size_t>(1024, 2 * kept_.size());
    }
    kept_[digest] = document;
    return document;
}

CachedRecords::CachedRecords(Deps deps, std::chrono::seconds stale_for)
    : deps_(std::move(deps)), health_(stale_for), records_(records_max), strangers_(strangers_max) {}

// The answer from what is kept; nothing when the control plane must be asked.
std::optional<Result<CachedRecords::RecordPointer>> CachedRecords::kept(const std::string& place) {
    const Uptime now = deps_.uptime();
    if (!health_.removal().empty()) return Error{Fault::unavailable, health_.removal()};
    const bool fresh = health_.is_fresh(now);
    if (const RecordPointer* record = records_.find(place); record != nullptr && fresh) return *record;
    if (strangers_.find(place) != nullptr && fresh && !retry_at_) return RecordPointer();
    if (!retry_at_ || now >= *retry_at_) return std::nullopt;
    return away(records_.find(place) != nullptr ? health_.why_not(now) : std::string());
}

Error CachedRecords::away(const std::string& why) {
    return {Fault::unavailable, why.empty() ? std::string(unknown_while_away) : why};
}

Result<CachedRecords::RecordPointer> CachedRecords::find(const login::ClaimedKey& claimed) {
    const std::string place = place_of(claimed);
    const Instant wall = deps_.clock.now();
    Records::Version needed = 0;
    {
        const MutexLock lock(mutex_);
        drop_past_days(wall);
        // Such a token is refused for its time, whoever signed it.
        if (!sigv4::can_be_of(claimed.scope.date, wall)) return RecordPointer();
        if (auto answer = kept(place)) return *std::move(answer);
        needed = records_.version();
    }
    const auto work = [&] { return fetch(claimed, place); };
    for (;;) {
        // Another call may have asked before a change that was heard before this one: the next has not.
        Fetched fetched = TRY(fetches_.run(place, work));
        if (fetched.asked >= needed) return std::move(fetched.record);
    }
}

Result<CachedRecords::Fetched> CachedRecords::fetch(const login::ClaimedKey& claimed,
                                                    const std::string& place) {
    Records::Version asked = 0;
    MarkedCache<bool>::Version asked_strangers = 0;
    {
        const MutexLock lock(mutex_);
        if (auto answer = kept(place)) return Fetched{TRY(*std::move(answer)), records_.version()};
        asked = records_.version();
        asked_strangers = strangers_.version();
    }
    Result<RecordAnswer> answer =
        deps_.ask({claimed.access_key_id, claimed.session_token, claimed.scope.date, claimed.scope.region});
    RecordPointer record;
    if (answer && answer->record)
        record = std::make_shared<const login::LoginRecord>(TRY(login::record_of(
            *answer->record, [this](const std::string& text) { return policies_.compiled(text); })));
    const MutexLock lock(mutex_);
    if (!answer) {
        if (answer.error().fault != Fault::unavailable) return answer.error();
        const Uptime now = deps_.uptime();
        retry_at_ = now + retry_after;
        return away(records_.find(place) != nullptr ? health_.why_not(now) : std::string());
    }
    retry_at_.reset();
    if (record != nullptr)
        records_.put(place, record, std::move(answer->marks), asked);
    else
        strangers_.put(place, true, std::move(answer->marks), asked_strangers);
    return Fetched{std::move(record), asked};
}

void CachedRecords::drop_past_days(Instant now) {
    const auto day = std::chrono::floor<std::chrono::days>(now - limits::token_lifetime_max);
    if (day == oldest_day_) return;
    oldest_day_ = day;
    records_.take_if([&](const RecordPointer& record) { return is_day_over(record->scope.date, now); });
}

void CachedRecords::forget_past_days() {
    const Instant now = deps_.clock.now();
    const MutexLock lock(mutex_);
    drop_past_days(now);
}

void CachedRecords::apply(const WatchAnswer& answer) {
    const MutexLock lock(mutex_);
    health_.on_answer(deps_.uptime());
    if (answer.everything) {
        records_.clear();
        strangers_.clear();
    }
    for (const KeyTag mark : answer.marks) {
        records_.invalidate(mark);
        strangers_.invalidate(mark);
    }
}

void CachedRecords::refuse_all(const std::string& reason) {
    const MutexLock lock(mutex_);
    health_.removed(reason);
    records_.clear();
    strangers_.clear();
}

CachedRecords::State CachedRecords::state() const {
    const MutexLock lock(mutex_);
    const Uptime now = deps_.uptime();
    return {records_.size(), health_.silence(now), health_.is_fresh(now)};
}

}  // namespace countersign::agent_api::client
