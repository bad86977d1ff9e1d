// countersign completion: scripts for bash, zsh and fish, made of the commands and options themselves.
#pragma once

#include <string>

#include "cli/command_line.h"
#include "cli/help/command_help.h"

namespace countersign::cli {

// `shell` is bash, zsh or fish.
std::string completion_script(const CommandHelp& help, const std::string& shell);

void add_completion(CLI::App& app, CommandLine& line);

}  // namespace countersign::cli
