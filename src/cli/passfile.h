// countersign passfile: a line of libpq's password file that holds a token, kept fresh.
#pragma once

#include "cli/command_line.h"

namespace countersign::cli {

void add_passfile(CLI::App& app, CommandLine& line);

}  // namespace countersign::cli
