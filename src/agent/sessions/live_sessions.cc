#include "agent/sessions/live_sessions.h"

#include <algorithm>
#include <tuple>

#include "audit/files.h"
#include "base/limits.h"

namespace countersign::agent {

namespace {

constexpr std::size_t files_read = 3;  // a start should not wait for years of logins to be read

std::size_t count_in(const std::map<std::string, std::size_t>& counts, const std::string& name) {
    const auto found = counts.find(name);
    return found == counts.end() ? 0 : found->second;
}

}  // namespace

bool LiveSessions::has_room(const audit::LoginEntry& entry) const {
    return count_in(of_agent_, entry.agent) < limits::sessions_max &&
           count_in(of_account_, entry.account) < limits::sessions_max;
}

// What nobody asks a live session for is left out: the audit has it.
void LiveSessions::keep(const audit::LoginEntry& entry) {
    audit::LoginEntry& kept = sessions_[entry.login_id] = entry;
    for (std::string* text : {&kept.trail, &kept.reason, &kept.policy}) *text = std::string();
    ++of_agent_[entry.agent];
    ++of_account_[entry.account];
}

LiveSessions::Sessions::iterator LiveSessions::drop(Sessions::iterator session) {
    if (--of_agent_[session->second.agent] == 0) of_agent_.erase(session->second.agent);
    if (--of_account_[session->second.account] == 0) of_account_.erase(session->second.account);
    return sessions_.erase(session);
}

void LiveSessions::on_login(const audit::LoginEntry& entry) {
    const MutexLock lock(mutex_);
    const auto known = sessions_.find(entry.login_id);
    // What one agent says changes nothing of what another said.
    if (known != sessions_.end() && known->second.agent != entry.agent) return;
    // Whose process is not known, its end will not be either.
    const bool begins = entry.decision == audit::Decision::allowed && entry.backend_started != 0;
    if (known != sessions_.end() && (begins || entry.decision == audit::Decision::ended)) drop(known);
    if (begins && has_room(entry)) keep(entry);
}

void LiveSessions::replace(std::string_view agent, const std::vector<audit::LoginEntry>& alive) {
    {
        const MutexLock lock(mutex_);
        for (auto session = sessions_.begin(); session != sessions_.end();)
            session = session->second.agent == agent ? drop(session) : std::next(session);
    }
    for (const audit::LoginEntry& entry : alive) on_login(entry);
}

std::vector<audit::LoginEntry> LiveSessions::meeting(const SessionFilter& filter) const {
    std::vector<audit::LoginEntry> found;
    {
        const MutexLock lock(mutex_);
        for (const auto& [login_id, entry] : sessions_)
            if (meets(entry, filter)) found.push_back(entry);
    }
    std::ranges::sort(found, {},
                      [](const audit::LoginEntry& entry) { return std::tie(entry.time, entry.login_id); });
    return found;
}

void tell_earlier_logins(const std::filesystem::path& log,
                         const std::function<void(const audit::LoginEntry&)>& emit) {
    Result<std::vector<audit::OpenFile>> files = audit::open_all(log);
    if (!files) return;
    const std::size_t skipped = files->size() > files_read ? files->size() - files_read : 0;
    for (std::size_t i = skipped; i < files->size(); ++i) {
        std::string line;
        while (files->at(i).reader.next(line)) {
            if (line.find(R"("decision":"refused")") != std::string::npos) continue;
            if (const auto entry = audit::entry_in(line)) emit(*entry);
        }
    }
}

}  // namespace countersign::agent
