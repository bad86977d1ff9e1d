// Users on demand (databases/on_demand.h) of attached servers, through the agent's own session in them: where
// the agent may not ask a server, nobody is made there. Each blocks for a few seconds at most. Safe to call
// from any thread.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "databases/on_demand.h"
#include "databases/server_view.h"

namespace countersign::agent {

Result<databases::Making> make_attached_user(const databases::ServerView& server,
                                             const databases::UserWish& wish);
Result<std::vector<std::string>> attached_users(const databases::ServerView& server);
Result<void> retire_attached_user(const databases::ServerView& server, const std::string& user);

}  // namespace countersign::agent
