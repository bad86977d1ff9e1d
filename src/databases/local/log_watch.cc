#include "databases/local/log_watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>

#include "databases/local/files.h"
#include "databases/local/log_reader.h"
#include "databases/local/refusals.h"

namespace countersign::databases::local {

namespace {

constexpr int look_anyway_ms = 1000;

LogPosition kept_position(const ServerHome& home) {
    const Result<std::string> text = read_file(home.log_offset(), 4096);
    return text ? parse_log_position(*text) : LogPosition{};
}

}  // namespace

struct LogWatch::Followed {
    Followed(const ServerHome& where, int notices)
        : home(where),
          reader(where.log(), kept_position(where)),
          finder(where.resource_id),
          kept(reader.position()),
          notice(inotify_add_watch(notices, where.log().c_str(), IN_MODIFY | IN_CREATE)) {}

    void read(Observer& observer) {
        while (const std::optional<std::vector<std::string>> record = reader.next()) {
            const std::optional<RefusedLogin> refused = finder.take(*record);
            if (refused) observer.login_refused(*refused);
        }
        if (reader.position() == kept) return;
        if (reader.position().file != kept.file) prune_logs(home.log());
        const Result<void> written =
            replace_file(home.log_offset(), to_text(reader.position()), Durability::none);
        if (written) kept = reader.position();
    }

    ServerHome home;
    LogReader reader;
    RefusalFinder finder;
    LogPosition kept;
    int notice = -1;
};

LogWatch::LogWatch(Observer& observer)
    : observer_(observer),
      news_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)),
      alarm_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      thread_([this] { run(); }) {}

LogWatch::~LogWatch() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    wake();
    thread_.join();
}

void LogWatch::follow(const ServerHome& home) {
    {
        const std::lock_guard lock(mutex_);
        std::unique_ptr<Followed>& followed = followed_[home.resource_id];
        if (!followed) followed = std::make_unique<Followed>(home, news_.number());
    }
    wake();
}

void LogWatch::leave(const std::string& resource_id) {
    const std::lock_guard lock(mutex_);
    const auto found = followed_.find(resource_id);
    if (found == followed_.end()) return;
    found->second->read(observer_);
    inotify_rm_watch(news_.number(), found->second->notice);
    followed_.erase(found);
}

void LogWatch::wake() {
    eventfd_write(alarm_.number(), 1);
}

void LogWatch::wait_for_news() {
    pollfd watched[] = {{news_.number(), POLLIN, 0}, {alarm_.number(), POLLIN, 0}};
    poll(watched, 2, look_anyway_ms);
    eventfd_t count = 0;
    eventfd_read(alarm_.number(), &count);
    char events[16384];
    while (::read(news_.number(), events, sizeof events) > 0) continue;
}

void LogWatch::run() {
    bool ending = false;
    while (!ending) {
        {
            const std::lock_guard lock(mutex_);
            for (const auto& [id, followed] : followed_) followed->read(observer_);
            ending = ending_;
        }
        if (!ending) wait_for_news();
    }
}

}  // namespace countersign::databases::local
