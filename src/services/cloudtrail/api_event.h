// A call of the API as an event of its account. Pure. Source: CloudTrail User Guide, "CloudTrail record
// contents" and "CloudTrail userIdentity element".
#pragma once

#include <optional>
#include <string>

#include "gateway/api_call.h"
#include "services/cloudtrail/event.h"

namespace countersign::cloudtrail {

// Nothing for what belongs to no account: calls without a signature that were refused. The figures of
// CloudWatch are read without an event, as on AWS.
std::optional<Event> event_of(const gateway::ApiCall& call, std::string event_id);

}  // namespace countersign::cloudtrail
