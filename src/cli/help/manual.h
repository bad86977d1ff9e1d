// countersign man: a manual page of each command, made of the commands and options themselves.
#pragma once

#include <string>

#include "cli/command_line.h"
#include "cli/help/command_help.h"

namespace countersign::cli {

// In the macros of man(7).
std::string manual_page(const CommandHelp& command);

void add_man(CLI::App& app, CommandLine& line);

}  // namespace countersign::cli
