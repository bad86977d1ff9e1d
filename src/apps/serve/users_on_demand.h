// Users on demand (databases/on_demand.h) of the servers of this process: who makes them for the agent, and
// who takes out of service whom no policy lets in any more.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "access/principals.h"
#include "agent/agent.h"
#include "agent/idle_users.h"
#include "agent/user_maker.h"
#include "base/clock.h"
#include "base/log.h"
#include "databases/engines/local/local_engine.h"
#include "store/store.h"

namespace countersign::apps {

class UsersOnDemand {
public:
    // Pointers to what is made later: used from start() on, and by logins.
    struct Deps {
        const std::unique_ptr<store::Store>& store;
        const std::unique_ptr<access::Principals>& principals;
        const std::unique_ptr<agent::Agent>& agent;
        const std::unique_ptr<databases::local::LocalEngine>& engine;
        const Clock& clock;
        const Log& log;
    };

    explicit UsersOnDemand(const Deps& deps) : deps_(deps) {}

    agent::MakeUser maker() {
        return [this](const auto& server, const auto& wish) { return make_user_(server, wish); };
    }
    void start();

private:
    bool is_due();
    Result<databases::Making> make(const databases::ServerView& server,
                                   const databases::UserWish& wish) const;
    Result<std::vector<std::string>> users_of(const databases::ServerView& server) const;
    Result<void> retire(const databases::ServerView& server, const std::string& user) const;

    const Deps deps_;
    agent::UserMaker make_user_{[this](const auto& server, const auto& wish) { return make(server, wish); }};
    store::Revision seen_ = 0;
    std::optional<agent::IdleUsers> idle_;
};

}  // namespace countersign::apps
