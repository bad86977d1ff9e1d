// Messages that are no request of a login hook: one line of the log a minute and server says so. Safe to call
// from any thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <unordered_map>

#include "agent/throttle.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/recent.h"
#include "databases/server_view.h"

namespace countersign::agent {

class UnreadableMessages {
public:
    explicit UnreadableMessages(const Log& log) : log_(log) {}

    void note(const databases::ServerView& server, int pid, std::string_view message, Monotonic now);

private:
    static constexpr auto line_every = std::chrono::minutes(1);
    static constexpr std::size_t servers_max = 10'000;

    bool is_due(const std::string& resource_id, Monotonic now);

    const Log& log_;
    Mutex mutex_;
    Recent<std::unordered_map<std::string, Monotonic>> last_ GUARDED_BY(mutex_){servers_max};
};

}  // namespace countersign::agent
