// countersign sessions: who is logged in by token, and ending it.
#pragma once

#include "cli/command_line.h"

namespace countersign::cli {

void add_sessions(CLI::App& app, CommandLine& line);

}  // namespace countersign::cli
