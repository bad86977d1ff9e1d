#include "apps/serve/users_on_demand.h"

#include "access/reach.h"
#include "base/text.h"
#include "model/arn.h"

namespace countersign::apps {

namespace {

constexpr auto look_every = std::chrono::seconds(10);
constexpr const char* thread_name = "idle-users";

}  // namespace

agent::MakeUser UsersOnDemand::maker() {
    return [this](const databases::ServerView& server, const databases::UserWish& wish) {
        made_ = true;
        const std::string key = server.resource_id + '/' + wish.user + ' ' + joined(wish.groups, " ");
        return making_.run(key, [&] { return deps_.engine->make_user(server, wish); });
    };
}

void UsersOnDemand::start() {
    thread_ = Thread(
        thread_name, deps_.log, [this] { run(); }, [this] { return is_stopping(); });
}

UsersOnDemand::~UsersOnDemand() {
    {
        const MutexLock lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

bool UsersOnDemand::is_stopping() {
    const MutexLock lock(mutex_);
    return stopping_;
}

bool UsersOnDemand::waits_for_end() {
    const MutexLock lock(mutex_);
    if (!stopping_) changed_.wait_for(mutex_, look_every);
    return stopping_;
}

void UsersOnDemand::run() {
    while (!waits_for_end()) look();
}

// Where nothing was changed since, nobody can have lost the last who may be it.
void UsersOnDemand::look() {
    const store::Revision revision = deps_.store->revision();
    const bool made = made_.exchange(false);
    if (revision == seen_ && !made) return;
    for (const databases::ServerView& server : deps_.agent->servers())
        if (server.iam_enabled && databases::groups_on_demand(server.tags)) look_at(server);
    seen_ = revision;
}

// What cannot be told now is looked at again after the next change.
void UsersOnDemand::look_at(const databases::ServerView& server) {
    const auto users = deps_.engine->users_on_demand(server);
    if (!users) return;
    for (const std::string& user : *users) {
        if (is_stopping()) return;
        const access::Reach reach{server.account, "rds-db:connect",
                                  model::dbuser_arn(server.region, server.account, server.resource_id, user)};
        const auto reachable =
            access::could_anybody(*deps_.store, *deps_.principals, reach, deps_.clock.now());
        if (!reachable || *reachable) continue;
        const Result<void> retired = deps_.engine->retire_user(server, user);
        deps_.log.info("user.retired", {{"database", server.identifier},
                                        {"user", user},
                                        {"trouble", retired ? "" : retired.error().message}});
    }
}

}  // namespace countersign::apps
