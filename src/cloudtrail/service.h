// CloudTrail's LookupEvents: who called which operation of the API, and who logged in to which database.
#pragma once

#include <filesystem>

#include "cloudtrail/api_events.h"
#include "gateway/gateway.h"

namespace countersign::cloudtrail {

// Everything must outlive the service.
struct Surroundings {
    const ApiEvents& api_events;
    std::filesystem::path login_log;
};

gateway::Service service(const Surroundings& around);

}  // namespace countersign::cloudtrail
