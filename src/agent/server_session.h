// A session of the agent's own in a server of its host, through PostgreSQL's unix socket, as the user whose
// processes the server has. Safe to call from any thread.
#pragma once

#include "base/result.h"
#include "databases/server_view.h"
#include "databases/session.h"

namespace countersign::agent {

// Of an attached server, or of the server behind a pooler. Fault::denied: the agent may not ask in that
// directory, or somebody else listens there; Fault::not_found: the server does not run. Blocks for at most
// about two seconds; statements of the session have one second.
Result<databases::Session> open_server_session(const databases::ServerView& server);

}  // namespace countersign::agent
