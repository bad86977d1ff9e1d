#include "services/cloudtrail/api_events.h"

#include "base/text.h"
#include "formats/record.h"
#include "services/cloudtrail/api_event.h"

namespace countersign::cloudtrail {

void ApiEvents::on_call(const gateway::ApiCall& call) {
    record_left_out(call.time);
    if (is_strangers(call)) {
        if (stranger_events_.admit(call.federated->account, call.region, std::string(call.action),
                                   call.source, call.time))
            if (const auto event = event_of(call, crypto::random_uuid(random_))) record(strangers_, *event);
        return;
    }
    const std::optional<Event> event = event_of(call, crypto::random_uuid(random_));
    if (event) record(event->read_only ? reads_ : writes_, *event);
}

void ApiEvents::record(EventFiles& files, const Event& event) {
    const Result<void> recorded = files.append(visible_json(formats::to_record(event)));
    if (!recorded) log_.error("event.unrecorded", {{"reason", recorded.error().message}});
}

void ApiEvents::record_left_out(std::optional<Instant> now) {
    for (const LeftOut& left_out : stranger_events_.take_over(now))
        record(strangers_, event_of(left_out, crypto::random_uuid(random_)));
}

}  // namespace countersign::cloudtrail
