// countersign attach, countersign detach: puts a PostgreSQL that somebody else runs under IAM login, and
// takes it out again. Run on the server's host.
#pragma once

#include "cli/command_line.h"

namespace countersign::cli {

void add_attach(CLI::App& app, CommandLine& line);
void add_detach(CLI::App& app, CommandLine& line);

}  // namespace countersign::cli
