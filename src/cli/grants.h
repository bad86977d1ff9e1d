// countersign grants: who is in a database, member of what, and who may connect, as a file says it.
#pragma once

#include "cli/command_line.h"

namespace countersign::cli {

void add_grants(CLI::App& app, CommandLine& line);

}  // namespace countersign::cli
