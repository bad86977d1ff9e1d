#include "agent/sessions/sessions.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <thread>

#include "base/limits.h"
#include "formats/iso_time.h"

namespace countersign::agent {

namespace {

constexpr Sessions::Number sessions_wake_number = 0;
constexpr std::size_t orders_kept = 256;
constexpr auto record_again = std::chrono::seconds(2);
constexpr auto ends_gather = std::chrono::milliseconds(20);  // one waking up for many
constexpr auto look_at_ages = std::chrono::minutes(1);       // the wall clock may jump meanwhile

bool add_event(const Descriptor& events, int descriptor, Sessions::Number number) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = number;
    return ::epoll_ctl(events.number(), EPOLL_CTL_ADD, descriptor, &event) == 0;
}

// Each session holds a descriptor.
void allow_many_descriptors() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    const rlim_t wanted = std::min<rlim_t>(limit.rlim_max, limits::sessions_max + limits::connections_max);
    if (limit.rlim_cur >= wanted) return;
    limit.rlim_cur = wanted;
    static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
}

audit::LoginEntry entry_of_end(const audit::LoginEntry& login, std::string reason, Instant now) {
    audit::LoginEntry entry = login;
    entry.time = formats::extended_time(now);
    entry.decision = audit::Decision::ended;
    entry.reason = std::move(reason);
    entry.policy.clear();
    entry.token_digest.clear();
    entry.latency_us = 0;
    return entry;
}

}  // namespace

Sessions::Sessions(const Deps& deps, std::filesystem::path file, std::optional<std::chrono::seconds> age_max)
    : deps_(deps), age_max_(age_max), file_(std::move(file)) {}

Sessions::~Sessions() {
    stop();
}

Result<void> Sessions::start() {
    allow_many_descriptors();
    events_ = Descriptor(::epoll_create1(EPOLL_CLOEXEC));
    wake_ = Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!events_ || !wake_ || !add_event(events_, wake_.number(), sessions_wake_number))
        return Error{Fault::internal, std::string("sessions cannot be followed: ") + std::strerror(errno)};
    {
        const MutexLock lock(mutex_);
        for (LiveSession& session : file_.load()) adopt(std::move(session));
        std::vector<const LiveSession*> live;
        for (const auto& [number, followed] : table_) live.push_back(followed.session.get());
        TRY(file_.rewrite(live));
    }
    thread_ = Thread(
        "agent-sessions", deps_.log, [this] { watch(); }, [this] { return stopping_.load(); });
    return {};
}

void Sessions::stop() {
    if (!thread_.joinable()) return;
    stopping_ = true;
    ::eventfd_write(wake_.number(), 1);
    thread_.join();
}

// Before the thread is there.
void Sessions::adopt(LiveSession session) {
    const audit::LoginEntry& login = session.login;
    Result<Backend> backend =
        Backend::find({static_cast<int>(login.backend_pid), login.backend_started, session.boot_id},
                      session.working_directory);
    if (!backend) {
        unrecorded_.push_back(entry_of_end(login, "closed while the agent was away", deps_.clock.now()));
        return;
    }
    const Number number = next_++;
    add_event(events_, backend->descriptor(), number);
    if (age_max_) by_age_.emplace(session.since, number);
    table_.emplace(
        number, Followed{std::make_shared<const LiveSession>(std::move(session)), *std::move(backend), ""});
}

Result<Sessions::Number> Sessions::begin(LiveSession session, Backend backend) {
    const MutexLock lock(mutex_);
    if (table_.size() >= limits::sessions_max)
        return Error{Fault::throttled, "there are more sessions than can be followed"};
    TRY(file_.append_begun(session));
    const Number number = next_++;
    if (age_max_) by_age_.emplace(session.since, number);
    const auto [place, added] = table_.emplace(
        number, Followed{std::make_shared<const LiveSession>(std::move(session)), std::move(backend), ""});
    if (by_age_.size() == 1) ::eventfd_write(wake_.number(), 1);  // the thread waits for nothing yet
    for (const SessionEnd& order : orders_)
        if (place->second.session->since <= order.begun_until &&
            meets(place->second.session->login, order.filter))
            put_an_end(place->second, "ended by " + order.by);
    return number;
}

void Sessions::follow(Number number) {
    const MutexLock lock(mutex_);
    const auto found = table_.find(number);
    if (found != table_.end() && !add_event(events_, found->second.backend.descriptor(), number))
        deps_.log.error("session.unfollowed",
                        {{"login", found->second.session->login.login_id}, {"reason", std::strerror(errno)}});
}

void Sessions::forget(Number number) {
    const MutexLock lock(mutex_);
    if (const auto found = table_.find(number); found != table_.end()) remove(found);
}

bool Sessions::end(Number number, const std::string& reason) {
    const MutexLock lock(mutex_);
    const auto found = table_.find(number);
    return found != table_.end() && put_an_end(found->second, reason);
}

std::size_t Sessions::end(const SessionEnd& order) {
    const MutexLock lock(mutex_);
    orders_.push_back(order);
    if (orders_.size() > orders_kept) orders_.pop_front();
    std::size_t ended = 0;
    for (auto& [number, followed] : table_)
        if (followed.session->since <= order.begun_until && meets(followed.session->login, order.filter) &&
            put_an_end(followed, "ended by " + order.by))
            ++ended;
    return ended;
}

std::vector<std::pair<Sessions::Number, Sessions::SessionPointer>> Sessions::all() const {
    const MutexLock lock(mutex_);
    std::vector<std::pair<Number, SessionPointer>> sessions;
    sessions.reserve(table_.size());
    for (const auto& [number, followed] : table_) sessions.emplace_back(number, followed.session);
    return sessions;
}

// The first reason stays.
bool Sessions::put_an_end(Followed& followed, const std::string& reason) {
    if (!followed.ending.empty()) return false;
    const Result<void> told = followed.backend.terminate(deps_.terminate);
    if (!told) {
        deps_.log.error("session.not_ended",
                        {{"login", followed.session->login.login_id}, {"reason", told.error().message}});
        return false;
    }
    followed.ending = reason;
    return true;
}

void Sessions::remove(Table::iterator found) {
    const auto removed = table_.extract(found);
    const SessionPointer& session = removed.mapped().session;
    by_age_.erase({session->since, removed.key()});
    // Closing is not enough: a process that is being forked has the descriptor, too, and the event would
    // stay.
    ::epoll_ctl(events_.number(), EPOLL_CTL_DEL, removed.mapped().backend.descriptor(), nullptr);
    Result<void> written = file_.append_ended(session->login.login_id);
    if (written && file_.is_stale(table_.size())) {
        std::vector<const LiveSession*> live;
        for (const auto& [number, followed] : table_) live.push_back(followed.session.get());
        written = file_.rewrite(live);
    }
    // A session that the file still has is looked for at the next start, and not found.
    if (!written) deps_.log.warn("sessions.file", {{"reason", written.error().message}});
}

void Sessions::note_end(Number number) {
    const MutexLock lock(mutex_);
    const auto found = table_.find(number);
    if (found == table_.end()) return;
    const Followed& followed = found->second;
    unrecorded_.push_back(entry_of_end(
        followed.session->login, followed.ending.empty() ? "closed" : followed.ending, deps_.clock.now()));
    remove(found);
}

void Sessions::end_the_aged(Instant now) {
    const MutexLock lock(mutex_);
    while (age_max_ && !by_age_.empty() && by_age_.begin()->first + *age_max_ <= now) {
        const auto found = table_.find(by_age_.begin()->second);
        if (found != table_.end())
            put_an_end(found->second, "older than " + std::to_string(age_max_->count()) + " seconds");
        by_age_.erase(by_age_.begin());
    }
}

// Only the thread takes entries out, so the front stays what it is while the audit writes.
void Sessions::record_ends() {
    while (true) {
        audit::LoginEntry entry;
        {
            const MutexLock lock(mutex_);
            if (unrecorded_.empty()) return;
            entry = unrecorded_.front();
        }
        if (const Result<void> recorded = deps_.audit.record(entry); !recorded) {
            deps_.log.error("session.unrecorded",
                            {{"login", entry.login_id}, {"reason", recorded.error().message}});
            return;
        }
        const MutexLock lock(mutex_);
        unrecorded_.pop_front();
    }
}

int Sessions::patience(Instant now) const {
    using std::chrono::milliseconds;
    const MutexLock lock(mutex_);
    std::optional<milliseconds> wait;
    if (age_max_ && !by_age_.empty())
        wait =
            std::clamp<milliseconds>(by_age_.begin()->first + *age_max_ - now, milliseconds(0), look_at_ages);
    if (!unrecorded_.empty()) wait = std::min<milliseconds>(wait.value_or(record_again), record_again);
    return wait ? static_cast<int>(wait->count()) : -1;
}

void Sessions::watch() {
    bool last = false;
    int count = 0;
    while (!last || count > 0) {
        last = stopping_;
        end_the_aged(deps_.clock.now());
        record_ends();
        std::array<epoll_event, 64> events{};
        count = ::epoll_wait(events_.number(), events.data(), static_cast<int>(events.size()),
                             last ? 0 : patience(deps_.clock.now()));
        if (count > 0 && !stopping_) std::this_thread::sleep_for(ends_gather);
        for (int i = 0; i < count; ++i) {
            eventfd_t ignored = 0;
            if (events.at(static_cast<std::size_t>(i)).data.u64 == sessions_wake_number)
                ::eventfd_read(wake_.number(), &ignored);
            else
                note_end(events.at(static_cast<std::size_t>(i)).data.u64);
        }
    }
    record_ends();
}

}  // namespace countersign::agent
