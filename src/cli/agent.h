// countersign agent: the login daemon of one database host. countersign agent-token and countersign agents:
// how a control plane enrols, shows and removes such hosts.
#pragma once

#include "cli/command_line.h"

namespace countersign::cli {

void add_agent(CLI::App& app, CommandLine& line);
void add_agent_token(CLI::App& app, CommandLine& line);
void add_agents(CLI::App& app, CommandLine& line);

}  // namespace countersign::cli
