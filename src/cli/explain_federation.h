#pragma once

#include "cli/command_line.h"

namespace countersign::cli {

// `countersign explain federation`.
CLI::App& add_explain_federation(CLI::App& explain, CommandLine& line);

}  // namespace countersign::cli
