// Agents that wait for news: one request of each is held, without a thread, until there is some. Safe to call
// from any thread.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "agent_api/server/changes.h"
#include "base/mutex.h"
#include "http/server.h"

namespace countersign::agent_api::server {

class LongPolls {
public:
    explicit LongPolls(const Changes& changes) : changes_(changes) {}
    ~LongPolls() { stop(); }
    LongPolls(const LongPolls&) = delete;
    LongPolls& operator=(const LongPolls&) = delete;

    using Time = std::chrono::steady_clock::time_point;

    struct Question {
        std::string agent;
        std::vector<std::string> accounts;  // of the agent
        Changes::WatchRequest request;
    };
    // Answers at once when there is news, later otherwise. An agent's earlier request ends with this one.
    void hold(Question question, http::Answer answer, Time now);

    // Answers all for whom there is news; returns how many.
    std::size_t answer_waiting();
    // Answers those that have waited long enough.
    void tell_overdue(Time now);
    // Answers this agent, so that it asks again and is seen as it is now.
    void wake(const std::string& agent);
    // Answers all, and every later one at once.
    void stop();

private:
    struct Held {
        Question question;
        http::Answer answer;
        Time until;
    };

    const Changes& changes_;
    Mutex mutex_;
    std::map<std::string, Held> held_ GUARDED_BY(mutex_);  // by agent
    bool stopped_ GUARDED_BY(mutex_) = false;
};

http::Response response_to(const Changes::WatchAnswer& answer);

}  // namespace countersign::agent_api::server
