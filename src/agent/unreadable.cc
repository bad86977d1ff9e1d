#include "agent/unreadable.h"

#include "agent/exchange.h"

namespace countersign::agent {

void UnreadableMessages::note(const databases::ServerView& server, int pid, std::string_view message,
                              Monotonic now) {
    if (!is_due(server.key(), now)) return;
    log_.warn("agent.unreadable", {{"database", server.identifier},
                                   {"pid", pid},
                                   {"socket", server.agent_socket.string()},
                                   {"bytes", message.size()},
                                   {"reason", describe_unreadable(message)}});
}

bool UnreadableMessages::is_due(const std::string& resource_id, Monotonic now) {
    const MutexLock lock(mutex_);
    if (const Monotonic* last = last_.find(resource_id); last != nullptr && now < *last + line_every)
        return false;
    last_.put(resource_id, now);
    return true;
}

}  // namespace countersign::agent
