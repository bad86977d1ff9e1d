// What `serve` takes of how far its RDS follows RDS where this machine differs.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/serve_options.h"

namespace countersign::cli {

// What is read into must outlive the command line.
void add_rds_options(CLI::App& command, ServeOptions& options);

}  // namespace countersign::cli
