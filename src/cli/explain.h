// countersign explain: why a login would be allowed or refused.
#pragma once

#include "cli/command_line.h"

namespace countersign::cli {

void add_explain(CLI::App& app, CommandLine& line);

}  // namespace countersign::cli
