// countersign connect-info and countersign pgadmin: how a client reaches a database with a token, in the
// client's own words.
#pragma once

#include "cli/command_line.h"

namespace countersign::cli {

void add_connect_info(CLI::App& app, CommandLine& line);
void add_pgadmin(CLI::App& app, CommandLine& line);

}  // namespace countersign::cli
