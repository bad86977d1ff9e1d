// countersign credentials: temporary credentials as the AWS SDKs' credential_process wants them.
#pragma once

#include "cli/command_line.h"

namespace countersign::cli {

void add_credentials(CLI::App& app, CommandLine& line);

}  // namespace countersign::cli
