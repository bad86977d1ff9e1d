// countersign man: a manual page of each command, made of the commands and options themselves.
#pragma once

#include <string>

#include "cli/help/command_help.h"
#include "cli/line.h"

namespace countersign::cli {

// In the macros of man(7).
std::string manual_page(const CommandHelp& command);

void add_man(CLI::App& app, Line& line);

}  // namespace countersign::cli
