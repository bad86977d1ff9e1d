// A call of the API as an event of its account. Pure. Source: CloudTrail User Guide, "CloudTrail record
// contents" and "CloudTrail userIdentity element".
#pragma once

#include <optional>
#include <string>

#include "gateway/api_call.h"
#include "services/cloudtrail/event.h"
#include "services/cloudtrail/stranger_events.h"

namespace countersign::cloudtrail {

// Nothing for what belongs to no account: refused calls without a signature for a role of none that is here.
// The figures of CloudWatch are read without an event, as on AWS.
std::optional<Event> event_of(const gateway::ApiCall& call, std::string event_id);

// Whether nobody is known who called: no signature, and nothing that could be verified.
bool is_strangers(const gateway::ApiCall& call);
// Of strangers' calls that have no events of their own.
Event event_of(const LeftOut& left_out, std::string event_id);

}  // namespace countersign::cloudtrail
