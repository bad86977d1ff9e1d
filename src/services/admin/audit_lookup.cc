#include "services/admin/audit_lookup.h"

#include <fmt/format.h>

#include <optional>

#include "audit/files.h"
#include "base/text.h"

namespace countersign::admin {

namespace {

// The attempt itself: the end of its session has the same id.
std::optional<audit::LoginEntry> find_in(audit::LineReader& reader, const std::string& account,
                                         const std::string& login_id) {
    for (std::string line; reader.next(line);) {
        if (line.find(login_id) == line.npos) continue;
        auto entry = audit::entry_in(line);
        if (!entry || entry->login_id != login_id || entry->decision == audit::Decision::ended) continue;
        if (account.empty() || entry->account == account) return *std::move(entry);
    }
    return std::nullopt;
}

}  // namespace

Result<audit::LoginEntry> find_login(const std::filesystem::path& log, const std::string& account,
                                     const std::string& login_id) {
    auto files = TRY(audit::open_all(log));
    for (auto file = files.rbegin(); file != files.rend(); ++file)
        if (auto entry = find_in(file->reader, account, login_id)) return *std::move(entry);
    return Error{
        Fault::not_found,
        fmt::format("there is no login {} in the audit; countersign logins lists them", printable(login_id)),
        "NoSuchEntity"};
}

login::Explanation explain(const audit::LoginEntry& entry, const std::string& revoke) {
    login::Recorded recorded;
    recorded.allowed = entry.decision == audit::Decision::allowed;
    recorded.check = entry.check;
    recorded.code = entry.reason_code;
    recorded.reason = entry.reason;
    recorded.decided_by = entry.policy;
    recorded.trail = entry.trail;
    recorded.facts.user = entry.user;
    recorded.facts.database = entry.database;
    recorded.facts.resource_id = entry.resource_id;
    recorded.facts.region = entry.region;
    recorded.facts.access_key_id = entry.access_key_id;
    recorded.facts.principal_arn = entry.principal_arn;
    recorded.facts.revoke = revoke;
    return login::explain(std::move(recorded));
}

}  // namespace countersign::admin
