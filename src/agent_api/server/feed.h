// Follows the store, and has the agents that wait told of what changed. Changes that come close together are
// told together, the more agents there are; the first after a rest is told at once. It has a thread of its
// own.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>

#include "agent_api/server/changes.h"
#include "agent_api/server/marks.h"
#include "agent_api/server/polls.h"
#include "agent_api/server/servers.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/thread.h"
#include "crypto/random.h"
#include "store/store.h"

namespace countersign::agent_api::server {

class Feed {
public:
    // Everything must outlive it.
    struct Surroundings {
        store::Store& store;
        const Marks& marks;
        Changes& changes;
        Polls& polls;
        Servers& servers;
        crypto::Random& random;
        const Log& log;
    };

    explicit Feed(const Surroundings& around) : around_(around) {}
    ~Feed() { stop(); }
    Feed(const Feed&) = delete;
    Feed& operator=(const Feed&) = delete;

    Result<void> start();
    void stop();

private:
    Result<store::Watch*> begin();
    void follow();
    bool take_news();
    void take(const store::Event& event);
    void tell(std::chrono::steady_clock::time_point now);

    const Surroundings around_;
    Mutex mutex_;
    std::unique_ptr<store::Watch> watch_ GUARDED_BY(mutex_);
    store::Watch* current_ = nullptr;  // the same, for the thread; none: what changed meanwhile is not known
    std::chrono::steady_clock::time_point told_{};
    std::chrono::microseconds rest_{};  // after the last telling
    bool has_news_ = false;
    std::atomic<bool> stopping_ = false;
    Thread thread_;
};

// What an agent's list of servers is made of, besides the records of those servers.
std::string servers_source(std::string_view agent);

}  // namespace countersign::agent_api::server
