// Looks at policies before somebody relies on them.
#pragma once

#include "cli/command_line.h"

namespace countersign::cli {

// Below `countersign policy`.
void add_policy_check(CLI::App& policy, CommandLine& line);

}  // namespace countersign::cli
