#include "agent_api/server/agent_heartbeats.h"

#include "model/keys.h"
#include "store/records.h"

namespace countersign::agent_api::server {

namespace {

constexpr auto written_every = std::chrono::minutes(1);

}  // namespace

void AgentHeartbeats::note(const AgentIdentity& identity) {
    const Instant now = clock_.now();
    const MutexLock lock(mutex_);
    seen_[identity.name].contact = {now, identity.certificate_until, identity.address};
}

Result<void> AgentHeartbeats::write() {
    store::Transaction due;
    {
        const Instant now = clock_.now();
        const MutexLock lock(mutex_);
        for (auto& [name, seen] : seen_) {
            const bool is_due =
                !seen.written || (seen.contact.time > *seen.written && now - *seen.written >= written_every);
            if (!is_due) continue;
            if (due.writes.size() == store::operations_max) break;
            seen.written = now;
            due.writes.push_back(store::put(model::keys::fleet_contact(name), seen.contact));
        }
    }
    if (due.writes.empty()) return {};
    TRY(store_.commit(due));
    return {};
}

}  // namespace countersign::agent_api::server
