#include "databases/engines/local/log_watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <set>
#include <utility>

#include "base/files.h"
#include "base/limits.h"
#include "base/text.h"
#include "databases/engines/local/log_reader.h"
#include "databases/engines/local/refusals.h"
#include "model/server_parameters.h"

namespace countersign::databases::local {

namespace {

using namespace std::chrono_literals;

constexpr const char* watch_thread = "log-watch";
constexpr auto look_anyway = 1s;
constexpr std::uint64_t last_bytes = 8 * limits::log_slice_bytes;  // as much is read of a log that is left
constexpr std::uint64_t refusal_costs =
    std::uint64_t{16} * 1024;          // to report it takes as long as to read this
constexpr int event_batches_max = 64;  // of changes, before a log has its turn

LogPosition kept_position(const ServerHome& home) {
    const Result<std::string> text = read_file(home.log_offset(), 4096);
    return text ? parse_log_position(*text) : LogPosition{};
}

}  // namespace

// The log of one server. Used by one thread at a time; LogWatch sees to that.
class LogWatch::Followed {
public:
    Followed(const ServerHome& home, int notices)
        : home_(home),
          reader_(home.log(), kept_position(home)),
          finder_(home.resource_id),
          kept_(reader_.position()),
          notice_(inotify_add_watch(notices, home.log().c_str(), IN_MODIFY | IN_CREATE)) {}

    int notice() const { return notice_; }

    // True: there is more to read.
    bool read(std::uint64_t bytes, Observer& observer) {
        make_room();
        report_loss(observer);
        const bool more =
            reader_.read(bytes, [&](const LogRecord& record) { return take(record, observer); });
        keep_position();
        return more;
    }

    void read_last(Observer& observer) {
        read(last_bytes, observer);
        loss_told_.reset();
        report_loss(observer);
    }

    bool queued = false;  // guarded by LogWatch's mutex, as the next
    bool left = false;
    std::atomic<std::chrono::minutes> kept_for = log_retention_default;
    std::atomic<std::shared_ptr<const std::vector<policy::Network>>> refused;

private:
    std::uint64_t take(const LogRecord& record, Observer& observer) {
        std::optional<RefusedLogin> login = finder_.take(record);
        if (!login) return 0;
        if (const auto blocks = refused.load(); blocks != nullptr) judge_place(*login, *blocks);
        observer.login_refused(*login);
        return refusal_costs;
    }

    void make_room() {
        const Clock::time_point now = Clock::now();
        if (made_room_ && now - *made_room_ < limits::log_room_every) return;
        made_room_ = now;
        const auto oldest = std::filesystem::file_time_type::clock::now() - kept_for.load();
        lost_ += reader_.prune(limits::log_bytes_max, oldest);
    }

    void report_loss(Observer& observer) {
        const Clock::time_point now = Clock::now();
        if (lost_ == 0 || (loss_told_ && now - *loss_told_ < limits::log_lost_every)) return;
        loss_told_ = now;
        observer.log_lost(home_.resource_id, std::exchange(lost_, 0));
    }

    void keep_position() {
        if (reader_.position() == kept_) return;
        const Result<void> written =
            replace_file(home_.log_offset(), to_text(reader_.position()), Durability::none);
        if (written) kept_ = reader_.position();
    }

    const ServerHome home_;
    LogReader reader_;
    RefusalFinder finder_;
    LogPosition kept_;
    std::uint64_t lost_ = 0;  // bytes that are still to be reported
    std::optional<Clock::time_point> made_room_;
    std::optional<Clock::time_point> loss_told_;
    const int notice_;
};

std::chrono::minutes log_retention(const Parameters& parameters) {
    const auto asked = parameters.find(std::string(model::log_retention_parameter));
    if (asked == parameters.end()) return log_retention_default;
    const auto minutes = parse_number<std::uint32_t>(asked->second);
    return minutes ? std::chrono::minutes(*minutes) : log_retention_default;
}

LogWatch::LogWatch(Observer& observer, const Log& log)
    : observer_(observer),
      log_(log),
      news_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)),
      alarm_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      thread_(
          watch_thread, log, [this] { run(); }, [this] { return is_ending(); }) {}

LogWatch::~LogWatch() {
    {
        const MutexLock lock(mutex_);
        ending_ = true;
    }
    wake();
    thread_.join();
}

void LogWatch::follow(const ServerHome& home, std::chrono::minutes kept_for,
                      std::vector<policy::Network> refused) {
    {
        const MutexLock lock(mutex_);
        std::shared_ptr<Followed>& followed = followed_[home.resource_id];
        if (!followed) followed = std::make_shared<Followed>(home, news_.number());
        followed->kept_for = kept_for;
        followed->refused = std::make_shared<const std::vector<policy::Network>>(std::move(refused));
        queue(followed);
    }
    wake();
}

void LogWatch::leave(const std::string& resource_id) {
    if (const std::shared_ptr<Followed> left = take_out(resource_id)) left->read_last(observer_);
}

// Of what is followed, when its turn has ended; nothing when it is not followed.
std::shared_ptr<LogWatch::Followed> LogWatch::take_out(const std::string& resource_id) {
    const MutexLock lock(mutex_);
    const auto found = followed_.find(resource_id);
    if (found == followed_.end()) return nullptr;
    std::shared_ptr<Followed> left = found->second;
    followed_.erase(found);
    std::erase(waiting_, left);
    left->left = true;
    inotify_rm_watch(news_.number(), left->notice());
    while (reading_ == left) turn_ended_.wait(mutex_);
    return left;
}

void LogWatch::run() {
    while (!is_ending()) {
        take_in_news();
        const std::shared_ptr<Followed> followed = take_turn();
        if (!followed) continue;
        bool more = false;  // of a log that throws: after a while
        guarded(log_, watch_thread, [&] { more = followed->read(limits::log_slice_bytes, observer_); });
        end_turn(followed, more);
    }
}

bool LogWatch::is_ending() {
    const MutexLock lock(mutex_);
    return ending_;
}

std::shared_ptr<LogWatch::Followed> LogWatch::take_turn() {
    const MutexLock lock(mutex_);
    if (waiting_.empty()) return nullptr;
    reading_ = waiting_.front();
    reading_->queued = false;
    waiting_.pop_front();
    return reading_;
}

void LogWatch::end_turn(const std::shared_ptr<Followed>& followed, bool more) {
    {
        const MutexLock lock(mutex_);
        reading_.reset();
        if (more) queue(followed);
    }
    turn_ended_.notify_all();
}

void LogWatch::queue(const std::shared_ptr<Followed>& followed) {
    if (followed->left || std::exchange(followed->queued, true)) return;
    waiting_.push_back(followed);
}

// Waits for changes when no log waits for its turn.
void LogWatch::take_in_news() {
    bool idle = false;
    {
        const MutexLock lock(mutex_);
        idle = waiting_.empty() && !ending_;
    }
    pollfd watched[] = {{news_.number(), POLLIN, 0}, {alarm_.number(), POLLIN, 0}};
    poll(watched, 2, idle ? static_cast<int>(std::chrono::milliseconds(look_anyway).count()) : 0);
    eventfd_t count = 0;
    eventfd_read(alarm_.number(), &count);
    note_changes();
    const Clock::time_point now = Clock::now();
    if (now - looked_at_all_ < look_anyway) return;
    looked_at_all_ = now;
    const MutexLock lock(mutex_);
    for (const auto& [id, followed] : followed_) queue(followed);
}

void LogWatch::note_changes() {
    std::set<int> changed;
    alignas(inotify_event) char events[16384];
    for (int batch = 0; batch < event_batches_max; ++batch) {
        const ssize_t length = ::read(news_.number(), events, sizeof events);
        if (length <= 0) break;
        for (ssize_t at = 0; at < length;) {
            const auto* const event = reinterpret_cast<const inotify_event*>(events + at);
            changed.insert(event->wd);
            at += static_cast<ssize_t>(sizeof *event + event->len);
        }
    }
    if (changed.empty()) return;
    const bool all = changed.contains(-1);  // there were more than the kernel keeps
    const MutexLock lock(mutex_);
    for (const auto& [id, followed] : followed_)
        if (all || changed.contains(followed->notice())) queue(followed);
}

void LogWatch::wake() {
    eventfd_write(alarm_.number(), 1);
}

}  // namespace countersign::databases::local
