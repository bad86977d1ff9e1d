// LookupEvents. Source: CloudTrail API Reference.
#pragma once

#include "gateway/operation.h"
#include "generated/cloudtrail.h"
#include "services/cloudtrail/service.h"

namespace countersign::cloudtrail {

Result<api::LookupEventsResponse> lookup_events(const Deps& deps, const gateway::Call& call,
                                                const api::LookupEventsRequest& input);

}  // namespace countersign::cloudtrail
