// countersign credentials: temporary credentials as the AWS SDKs' credential_process wants them.
#pragma once

#include "cli/line.h"

namespace countersign::cli {

void add_credentials(CLI::App& app, Line& line);

}  // namespace countersign::cli
