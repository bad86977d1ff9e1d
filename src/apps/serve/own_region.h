// The region that a server takes itself to be in: the one of --region, else the one of the start before.
// Databases are in the region in which they were made, so a data directory keeps its region when the default
// changes.
#pragma once

#include <string>

#include "base/result.h"
#include "cli/serve_options.h"
#include "client/data_dir.h"

namespace countersign::apps {

// For a server with this data directory, which need not be there yet. Fault::invalid: no region.
Result<std::string> choose_region(const std::string& asked, const client::DataDir& dir);
// For one with these options; an ephemeral one has no start before.
Result<std::string> region_of(const cli::ServeOptions& options);
// Keeps it there for the next start.
Result<void> remember_region(const std::string& region, const client::DataDir& dir);

}  // namespace countersign::apps
