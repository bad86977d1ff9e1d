// Follows the store, and has the agents that wait told of what changed. Changes that come close together are
// told together, the more agents there are; the first after a rest is told at once. It has a thread of its
// own.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>

#include "agent_api/server/changes.h"
#include "agent_api/server/key_tags.h"
#include "agent_api/server/long_polls.h"
#include "agent_api/server/servers.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/thread.h"
#include "crypto/random.h"
#include "store/store.h"

namespace countersign::agent_api::server {

class ChangeFeed {
public:
    // Everything must outlive it.
    struct Deps {
        store::Store& store;
        const KeyTags& marks;
        Changes& changes;
        LongPolls& polls;
        Servers& servers;
        crypto::Random& random;
        const Log& log;
    };

    explicit ChangeFeed(const Deps& deps) : deps_(deps) {}
    ~ChangeFeed() { stop(); }
    ChangeFeed(const ChangeFeed&) = delete;
    ChangeFeed& operator=(const ChangeFeed&) = delete;

    Result<void> start();
    void stop();

private:
    Result<store::Watch*> begin();
    void follow();
    bool take_news();
    void take(const store::Event& event);
    void answer_waiting(std::chrono::steady_clock::time_point now);

    const Deps deps_;
    Mutex mutex_;
    std::unique_ptr<store::Watch> watch_ GUARDED_BY(mutex_);
    store::Watch* current_ = nullptr;  // the same, for the thread; none: what changed meanwhile is not known
    std::chrono::steady_clock::time_point answered_{};
    std::chrono::microseconds rest_{};  // after the last telling
    bool has_news_ = false;
    std::atomic<bool> stopping_ = false;
    Thread thread_;
};

// What an agent's list of servers is made of, besides the records of those servers.
std::string servers_source(std::string_view agent);

}  // namespace countersign::agent_api::server
