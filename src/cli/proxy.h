// countersign proxy: a local address at which programs are a database user, without a password.
#pragma once

#include "cli/command_line.h"

namespace countersign::cli {

void add_proxy(CLI::App& app, CommandLine& line);

}  // namespace countersign::cli
