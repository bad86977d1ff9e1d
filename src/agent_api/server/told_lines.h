// What an agent may say in a line of its audit. It judges logins of its own servers and may be in anybody's
// hands: whose server a line is about is known here, and nobody of an account that is not the agent's has any
// part in it. Pure.
#pragma once

#include "agent_api/server/agent_authenticator.h"
#include "audit/entry.h"
#include "base/clock.h"
#include "databases/server_view.h"

namespace countersign::agent_api::server {

// False: no line that the agent of a host could have written.
bool is_line(const audit::LoginEntry& line);

// The line as it is recorded: with the facts of the server from here, no text longer than a login's can be,
// and no time to come.
void settle(audit::LoginEntry& line, const databases::ServerView& server, const AgentIdentity& identity,
            Instant now);

}  // namespace countersign::agent_api::server
