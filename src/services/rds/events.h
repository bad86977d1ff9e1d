// DescribeEvents: what happened to clusters and instances, as databases/event_log wrote it down.
#pragma once

#include "gateway/operation.h"
#include "generated/rds.h"
#include "services/rds/service.h"

namespace countersign::rds {

Result<api::EventsMessage> describe_events(const Deps& deps, const gateway::Call& call,
                                           const api::DescribeEventsMessage& input);

}  // namespace countersign::rds
