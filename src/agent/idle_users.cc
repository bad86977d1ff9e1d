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
    while (!waits_for_end()) {
        const bool is_due = deps_.is_due();
        if (is_due || looks_again_) looks_again_ = !look();
    }
}

bool IdleUsers::look() {
    bool told = true;
    for (const databases::ServerView& server : deps_.servers())
        if (server.iam_enabled && databases::groups_on_demand(server.tags)) told = look_at(server) && told;
    return told;
}

bool IdleUsers::look_at(const databases::ServerView& server) {
    const auto users = deps_.users(server);
    if (!users) return false;
    if (users->empty()) return true;
    const auto idle = deps_.idle(server, *users);
    if (!idle) return false;
    for (const std::string& user : *idle) {
        if (is_stopping()) return true;
        const Result<void> retired = deps_.retire(server, user);
        deps_.log.info("user.retired", {{"database", server.identifier},
                                        {"user", user},
                                        {"trouble", retired ? "" : retired.error().message}});
    }
    return true;
}

}  // namespace countersign::agent
