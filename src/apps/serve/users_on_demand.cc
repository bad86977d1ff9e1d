#include "apps/serve/users_on_demand.h"

#include "access/reach.h"
#include "agent/attached_users.h"

namespace countersign::apps {

Result<databases::Making> UsersOnDemand::make(const databases::ServerView& server,
                                              const databases::UserWish& wish) const {
    return deps_.engine->runs(server) ? deps_.engine->make_user(server, wish)
                                      : agent::make_attached_user(server, wish);
}

void UsersOnDemand::start() {
    idle_.emplace(agent::IdleUsers::Deps{
        [this] { return is_due(); }, [this] { return deps_.agent->servers(); },
        [this](const databases::ServerView& server) { return users_of(server); },
        [this](const databases::ServerView& server, const std::vector<std::string>& users) {
            return access::users_out_of_reach(*deps_.store, *deps_.principals,
                                              {server.account, server.region, server.resource_id}, users,
                                              deps_.clock.now());
        },
        [this](const databases::ServerView& server, const std::string& user) { return retire(server, user); },
        deps_.log});
    idle_->start();
}

// Where nothing was changed since, nobody can have lost the last who may be it.
bool UsersOnDemand::is_due() {
    const store::Revision revision = deps_.store->revision();
    const bool asked = make_user_.was_asked();
    const bool due = revision != seen_ || asked;
    seen_ = revision;
    return due;
}

Result<std::vector<std::string>> UsersOnDemand::users_of(const databases::ServerView& server) const {
    return deps_.engine->runs(server) ? deps_.engine->users_on_demand(server) : agent::attached_users(server);
}

Result<void> UsersOnDemand::retire(const databases::ServerView& server, const std::string& user) const {
    return deps_.engine->runs(server) ? deps_.engine->retire_user(server, user)
                                      : agent::retire_attached_user(server, user);
}

}  // namespace countersign::apps
