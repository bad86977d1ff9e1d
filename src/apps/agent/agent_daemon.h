// The daemon that `countersign agent` runs: an agent whose records, servers and orders come from a control
// plane that is far away.
#pragma once

#include "base/result.h"
#include "cli/agent_options.h"

namespace countersign::apps {

// Runs until SIGTERM or SIGINT. Prints one line of JSON on standard output when it is ready.
Result<void> run_agent(cli::AgentOptions options);

}  // namespace countersign::apps
