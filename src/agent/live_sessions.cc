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
    if (entry.decision == "ended") by_login_id_.erase(entry.login_id);
    // Whose process is not known, its end will not be either.
    if (entry.decision == "allowed" && entry.backend_started != 0 && by_login_id_.size() < entries_max)
        by_login_id_.insert_or_assign(entry.login_id, entry);
}

void LiveSessions::replace(std::string_view agent, const std::vector<LoginEntry>& alive) {
    {
        const std::lock_guard lock(mutex_);
        std::erase_if(by_login_id_, [&](const auto& known) { return known.second.agent == agent; });
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
