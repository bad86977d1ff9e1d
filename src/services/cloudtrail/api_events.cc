#include "services/cloudtrail/api_events.h"

#include "base/text.h"
#include "formats/record.h"
#include "services/cloudtrail/api_event.h"

namespace countersign::cloudtrail {

void ApiEvents::on_call(const gateway::ApiCall& call) {
    const std::optional<Event> event = event_of(call, crypto::random_uuid(random_));
    if (!event) return;
    EventFiles& files = event->read_only ? reads_ : writes_;
    const Result<void> recorded = files.append(visible_json(formats::to_record(*event)));
    if (!recorded) log_.error("event.unrecorded", {{"reason", recorded.error().message}});
}

}  // namespace countersign::cloudtrail
