// The daemon that `countersign serve` runs: control plane, agent and databases in one process.
#pragma once

#include "base/result.h"
#include "cli/serve_options.h"

namespace countersign::apps {

// Runs until SIGTERM or SIGINT, then stops cleanly. Prints one line of JSON on standard output when it is
// ready.
Result<void> serve(const cli::ServeOptions& options);

}  // namespace countersign::apps
