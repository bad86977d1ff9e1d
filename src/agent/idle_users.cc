#include "agent/idle_users.h"

#include "databases/on_demand.h"

namespace countersign::agent {

namespace {

constexpr auto look_every = std::chrono::seconds(10);
constexpr const char* thread_name = "idle-users";

}  // namespace

void IdleUsers::start() {
    thread_ = Thread(
        thread_name, deps_.log, [this] { run(); }, [this] { return is_stopping(); });
}

IdleUsers::~IdleUsers() {
    {
        const MutexLock lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

bool IdleUsers::is_stopping() {
    const MutexLock lock(mutex_);
    return stopping_;
}

bool IdleUsers::waits_for_end() {
    const MutexLock lock(mutex_);
    if (!stopping_) changed_.wait_for(mutex_, look_every);
    return stopping_;
}

void IdleUsers::run() {
    while (!waits_for_end())
        if (deps_.is_due()) look();
}

void IdleUsers::look() {
    for (const databases::ServerView& server : deps_.servers())
        if (server.iam_enabled && databases::groups_on_demand(server.tags)) look_at(server);
}

// What cannot be told now is looked at again after the next change.
void IdleUsers::look_at(const databases::ServerView& server) {
    const auto users = deps_.users(server);
    if (!users || users->empty()) return;
    const auto idle = deps_.idle(server, *users);
    if (!idle) return;
    for (const std::string& user : *idle) {
        if (is_stopping()) return;
        const Result<void> retired = deps_.retire(server, user);
        deps_.log.info("user.retired", {{"database", server.identifier},
                                        {"user", user},
                                        {"trouble", retired ? "" : retired.error().message}});
    }
}

}  // namespace countersign::agent
