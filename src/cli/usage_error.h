// What is wrong with a command line or a configuration file, and where to look.
#pragma once

#include <string>

#include "cli/command_line.h"

namespace countersign::cli {

// --config FILE: options of the commands, a table [COMMAND] each. A key that no command has is refused. Call
// before commands are added, which take over how unknown keys are treated.
void add_config_file(CLI::App& app);

std::string usage_error(const CLI::App& app, const CLI::ParseError& error);

}  // namespace countersign::cli
