// The command line: one table of commands, their options and help.
#pragma once

#include "cli/daemons.h"

namespace countersign::cli {

// The exit code: 0 done, 1 refused or failed, 2 usage.
int run(int argc, char** argv, const Daemons& daemons);

}  // namespace countersign::cli
