// countersign sealing-key …: turns the key that seals secrets at rest. Works on the files of this host; the
// server may run meanwhile.
#pragma once

#include "cli/command_line.h"

namespace countersign::cli {

void add_sealing_key(CLI::App& app, CommandLine& line);

}  // namespace countersign::cli
