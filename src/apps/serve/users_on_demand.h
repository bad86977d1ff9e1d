// Users on demand (databases/on_demand.h) of the servers of this process: who makes them for the agent, and a
// thread that takes out of service whom no policy lets in any more.
#pragma once

#include <atomic>
#include <memory>

#include "access/principals.h"
#include "agent/agent.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/single_flight.h"
#include "base/thread.h"
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
    ~UsersOnDemand();  // when what goes on is done
    UsersOnDemand(const UsersOnDemand&) = delete;
    UsersOnDemand& operator=(const UsersOnDemand&) = delete;

    agent::MakeUser maker();
    void start();

private:
    void run();
    void look();
    void look_at(const databases::ServerView& server);
    bool is_stopping();
    bool waits_for_end();

    const Deps deps_;
    std::atomic<bool> made_ = true;                   // since the last look, or nobody has looked yet
    SingleFlight<Result<databases::Making>> making_;  // by server, user and groups
    store::Revision seen_ = 0;
    Mutex mutex_;
    Condition changed_;
    bool stopping_ GUARDED_BY(mutex_) = false;
    Thread thread_;
};

}  // namespace countersign::apps
