#include "agent/live_sessions.h"

#include <algorithm>
#include <tuple>

#include "agent/log_files.h"
#include "base/limits.h"

namespace countersign::agent {

namespace {

constexpr std::size_t entries_max = 4 * limits::sessions_max;
constexpr std::size_t files_read = 3;  // a start should not wait for years of logins to be read

}  // namespace

void LiveSessions::heard(const LoginEntry& entry) {
    const std::lock_guard lock(mutex_);
    const auto known = by_login_id_.find(entry.login_id);
    // What one agent says changes nothing of what another said.
    if (known != by_login_id_.end() && known->second.agent != entry.agent) return;
    if (entry.decision == "ended" && known != by_login_id_.end()) {
        --counts_[entry.agent];
        by_login_id_.erase(known);
    }
    // Whose process is not known, its end will not be either.
    if (entry.decision != "allowed" || entry.backend_started == 0) return;
    std::size_t& count = counts_[entry.agent];
    if (known == by_login_id_.end() && (count >= limits::sessions_max || by_login_id_.size() >= entries_max))
        return;
    if (by_login_id_.insert_or_assign(entry.login_id, entry).second) ++count;
}

void LiveSessions::replace(std::string_view agent, const std::vector<LoginEntry>& alive) {
    {
        const std::lock_guard lock(mutex_);
        std::erase_if(by_login_id_, [&](const auto& known) { return known.second.agent == agent; });
        counts_.erase(std::string(agent));
    }
    for (const LoginEntry& entry : alive) heard(entry);
}

std::vector<LoginEntry> LiveSessions::meeting(const SessionFilter& filter) const {
    std::vector<LoginEntry> found;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [login_id, entry] : by_login_id_)
            if (meets(entry, filter)) found.push_back(entry);
    }
    std::ranges::sort(found, {},
                      [](const LoginEntry& entry) { return std::tie(entry.time, entry.login_id); });
    return found;
}

void tell_earlier_logins(const std::filesystem::path& log,
                         const std::function<void(const LoginEntry&)>& tell) {
    Result<std::vector<OpenFile>> files = open_all(log);
    if (!files) return;
    const std::size_t skipped = files->size() > files_read ? files->size() - files_read : 0;
    for (std::size_t i = skipped; i < files->size(); ++i) {
        std::string line;
        while (files->at(i).reader.next(line)) {
            if (line.find(R"("decision":"refused")") != std::string::npos) continue;
            if (const auto entry = entry_in(line)) tell(*entry);
        }
    }
}

}  // namespace countersign::agent
