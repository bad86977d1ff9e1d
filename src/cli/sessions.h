// countersign sessions: who is logged in by token, and ending it; and the options by which an agent ends
// sessions and refuses logins by itself.
#pragma once

#include "agent/options.h"
#include "cli/line.h"

namespace countersign::cli {

void add_sessions(CLI::App& app, Line& line);

// --end-revoked-sessions, --session-age-max and --aws-throttle, for every command that runs an agent. The
// options must outlive the command.
void add_agent_options(CLI::App& command, agent::Options& options);

}  // namespace countersign::cli
