// Asks a server's API, signed, as the AWS SDKs do.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "cli/data_dir.h"

namespace countersign::cli {

struct DatabaseEndpoint {
    std::string host;
    std::uint16_t port = 0;
};

// The endpoint of the cluster with that identifier, else of the instance. Fault::not_found names the next
// step.
Result<DatabaseEndpoint> find_endpoint(const RunningServer& server, const std::string& region,
                                       const std::string& identifier, Instant now);

}  // namespace countersign::cli
