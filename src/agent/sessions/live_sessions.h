// The live sessions of all agents, as the audit tells of them: built from its lines, the earlier ones at the
// start. Bounded for each agent and each account, so that nobody's fill another's place. Safe to call from
// any thread.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/sessions/end.h"
#include "audit/entry.h"
#include "base/mutex.h"

namespace countersign::agent {

class LiveSessions : public audit::LoginListener {
public:
    void on_login(const audit::LoginEntry& entry) override;

    // The sessions of this agent are these and no others: what it found at its start.
    void replace(std::string_view agent, const std::vector<audit::LoginEntry>& alive);

    // Oldest first.
    std::vector<audit::LoginEntry> meeting(const SessionFilter& filter) const;

private:
    using Sessions = std::map<std::string, audit::LoginEntry, std::less<>>;  // by login id

    bool has_room(const audit::LoginEntry& entry) const REQUIRES(mutex_);
    void keep(const audit::LoginEntry& entry) REQUIRES(mutex_);
    Sessions::iterator drop(Sessions::iterator session) REQUIRES(mutex_);

    mutable Mutex mutex_;
    Sessions sessions_ GUARDED_BY(mutex_);
    std::map<std::string, std::size_t> of_agent_ GUARDED_BY(mutex_);
    std::map<std::string, std::size_t> of_account_ GUARDED_BY(mutex_);
};

// Tells of the earlier lines of an audit that somebody was let in or has ended: those of its newest files,
// oldest first. A log that is not there has none.
void tell_earlier_logins(const std::filesystem::path& log,
                         const std::function<void(const audit::LoginEntry&)>& emit);

}  // namespace countersign::agent
