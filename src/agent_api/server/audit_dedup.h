// Which lines of agents' audits are in the control plane's own, so that one that is sent again, by an agent
// that did not hear the answer, is not in it twice. The newest ones, and after a start those that the files
// have. Safe to call from any thread.
#pragma once

#include <cstddef>
#include <deque>
#include <filesystem>
#include <string>
#include <unordered_set>

#include "audit/entry.h"
#include "base/mutex.h"

namespace countersign::agent_api::server {

class AuditDedup {
public:
    // `log` is the control plane's log of logins, read at the first question.
    explicit AuditDedup(std::filesystem::path log, std::size_t lines_max = 200'000)
        : log_(std::move(log)), lines_max_(lines_max) {}

    // Whether the line, with its agent, is not there yet; it counts as heard then.
    bool add(const audit::LoginEntry& line);
    // One that could not be recorded after all.
    void forget(const audit::LoginEntry& line);

private:
    void read_log() REQUIRES(mutex_);
    bool insert(std::string line_id) REQUIRES(mutex_);

    const std::filesystem::path log_;
    const std::size_t lines_max_;
    Mutex mutex_;
    bool has_read_ GUARDED_BY(mutex_) = false;
    std::unordered_set<std::string> heard_ GUARDED_BY(mutex_);
    std::deque<std::string> order_ GUARDED_BY(mutex_);  // oldest first
};

}  // namespace countersign::agent_api::server
