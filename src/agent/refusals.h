// Refusals that PostgreSQL made without asking the agent, put into the words of the audit.
#pragma once

#include <optional>
#include <string>

#include "databases/server_view.h"

namespace countersign::agent {

struct Refusal {
    std::string check;   // a name of login::Check, or "agent" or "preload" for a broken way in
    std::string reason;  // one sentence, with the next step where there is one
};

// Nothing for a refusal that the agent itself gave and has recorded.
std::optional<Refusal> refusal_seen_in_log(const databases::RefusedLogin& login,
                                           const databases::ServerView& server);

}  // namespace countersign::agent
