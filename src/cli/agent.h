// countersign agent: the login daemon of one database host. countersign agent-token and countersign agents:
// how a control plane enrols, shows and removes such hosts.
#pragma once

#include "cli/line.h"

namespace countersign::cli {

void add_agent(CLI::App& app, Line& line);
void add_agent_token(CLI::App& app, Line& line);
void add_agents(CLI::App& app, Line& line);

}  // namespace countersign::cli
