// `countersign serve` on the command line: its options, and how their words are read.
#pragma once

#include "cli/command_line.h"

namespace countersign::cli {

void add_serve(CLI::App& app, CommandLine& line);

}  // namespace countersign::cli
