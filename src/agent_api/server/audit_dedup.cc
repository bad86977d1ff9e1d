#include "agent_api/server/audit_dedup.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "audit/files.h"
#include "base/backward_lines.h"

namespace countersign::agent_api::server {

namespace {

constexpr std::string_view no_agent = R"("agent":"")";

std::string id_of(const audit::LoginEntry& line) {
    return line.agent + ' ' + line.login_id + ' ' + std::string(name_of(line.decision));
}

// Newest first.
std::vector<std::string> newest(const std::filesystem::path& log, std::size_t lines_max) {
    std::vector<std::string> found;
    const std::vector<std::filesystem::path> files = audit::log_files(log);
    for (auto file = files.rbegin(); file != files.rend(); ++file) {
        auto lines = BackwardLines::open(*file);
        std::string line;
        while (lines && found.size() < lines_max && lines->next(line)) {
            if (line.find(no_agent) != std::string::npos) continue;
            const auto entry = audit::entry_in(line);
            if (entry && !entry->agent.empty()) found.push_back(id_of(*entry));
        }
    }
    return found;
}

}  // namespace

bool AuditDedup::add(const audit::LoginEntry& line) {
    const MutexLock lock(mutex_);
    if (!std::exchange(has_read_, true)) read_log();
    return insert(id_of(line));
}

void AuditDedup::forget(const audit::LoginEntry& line) {
    const MutexLock lock(mutex_);
    const std::string line_id = id_of(line);
    heard_.erase(line_id);
    std::erase(order_, line_id);
}

void AuditDedup::read_log() {
    std::vector<std::string> found = newest(log_, lines_max_);
    std::reverse(found.begin(), found.end());
    for (std::string& line_id : found) insert(std::move(line_id));
}

bool AuditDedup::insert(std::string line_id) {
    if (!heard_.insert(line_id).second) return false;
    order_.push_back(std::move(line_id));
    if (order_.size() <= lines_max_) return true;
    heard_.erase(order_.front());
    order_.pop_front();
    return true;
}

}  // namespace countersign::agent_api::server
