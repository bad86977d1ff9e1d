// LookupEvents. Source: CloudTrail API Reference.
#pragma once

#include "cloudtrail/service.h"
#include "gateway/operation.h"
#include "generated/cloudtrail.h"

namespace countersign::cloudtrail {

Result<api::LookupEventsResponse> lookup_events(const Surroundings& around, const gateway::Call& call,
                                                const api::LookupEventsRequest& input);

}  // namespace countersign::cloudtrail
