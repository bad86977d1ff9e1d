// Refusals that PostgreSQL made without asking the agent, put into the words of the audit.
#pragma once

#include <optional>

#include "databases/server_view.h"
#include "login/refusal.h"

namespace countersign::agent {

// Nothing for a refusal that the agent itself gave and has recorded.
std::optional<login::Refusal> refusal_seen_in_log(const databases::RefusedLogin& login,
                                                  const databases::ServerView& server);

}  // namespace countersign::agent
