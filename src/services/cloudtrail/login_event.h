// A line of the audit of logins as an event of the database's account: AWS has none of that kind, so it is
// named as a sign-in to the console would be. Pure.
//
//     allowed, refused   eventSource rds-db.amazonaws.com   eventName DatabaseLogin
//     ended              eventSource rds-db.amazonaws.com   eventName DatabaseSessionEnd
#pragma once

#include <optional>

#include "audit/entry.h"
#include "services/cloudtrail/event.h"

namespace countersign::cloudtrail {

// Nothing for what the log has to say of itself.
std::optional<Event> event_of(const audit::LoginEntry& entry);

}  // namespace countersign::cloudtrail
