// CloudTrail's LookupEvents: who called which operation of the API, and who logged in to which database.
#pragma once

#include <filesystem>
#include <string_view>

#include "gateway/service.h"
#include "services/cloudtrail/api_events.h"

namespace countersign::cloudtrail {

// Everything must outlive the service.
struct Deps {
    static constexpr std::string_view action_prefix = "cloudtrail";

    const ApiEvents& api_events;
    std::filesystem::path login_log;
};

gateway::Service service(const Deps& deps);

}  // namespace countersign::cloudtrail
