// countersign doctor: looks at this host and names what is wrong, with a hint.
#pragma once

#include "cli/command_line.h"

namespace countersign::cli {

void add_doctor(CLI::App& app, CommandLine& line);

}  // namespace countersign::cli
