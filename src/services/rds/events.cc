#include "services/rds/events.h"

#include "base/text.h"
#include "model/keys.h"
#include "model/rds.h"
#include "services/rds/filters.h"
#include "services/rds/paging.h"
#include "store/records.h"

namespace countersign::rds {

using gateway::Call;

namespace {

struct Period {
    Instant first;
    Instant last;  // not of it any more
};

// The last hour where nothing else is asked for; at most the last 14 days.
Result<Period> period_of(const Call& call, const api::DescribeEventsMessage& input) {
    constexpr Range minutes{1, 14L * 24 * 60};
    constexpr std::int64_t minutes_default = 60;
    TRY(check_range("Duration", input.Duration, minutes));
    if (input.Duration && (input.StartTime || input.EndTime))
        return invalid_combination("Duration cannot be given together with StartTime or EndTime.");
    const Instant last = input.EndTime.value_or(call.now + std::chrono::milliseconds(1));
    const std::chrono::minutes length(input.Duration.value_or(minutes_default));
    const Instant first = input.StartTime.value_or(last - length);
    if (first > last) return invalid_combination("StartTime must not be later than EndTime.");
    return Period{first, last};
}

}  // namespace

Result<api::EventsMessage> describe_events(const Deps& deps, const Call& call,
                                           const api::DescribeEventsMessage& input) {
    TRY(Filters::read(input.Filters, {}));
    if (input.SourceIdentifier && !input.SourceType)
        return invalid_combination("SourceType must be supplied if SourceIdentifier is supplied.");
    const Period period = TRY(period_of(call, input));
    auto events =
        TRY(store::load_all<model::Event>(deps.store, model::keys::events(call.account(), call.region)));
    std::erase_if(events, [&](const auto& stored) {
        const model::Event& event = stored.record;
        return event.time < period.first || event.time >= period.last ||
               input.SourceType.value_or(event.source_type) != event.source_type ||
               lower(input.SourceIdentifier.value_or(event.source_id)) != event.source_id;
    });
    const auto shown_page = TRY(page(
        std::move(events), [](const auto& stored) { return stored.key; }, input));
    api::EventsMessage answer;
    for (const auto& stored : shown_page.items) {
        api::Event& event = answer.Events.emplace_back();
        event.SourceIdentifier = stored.record.source_id;
        event.SourceType = stored.record.source_type;
        event.SourceArn = stored.record.source_arn;
        event.Message = stored.record.message;
        event.Date = stored.record.time;
    }
    answer.Marker = shown_page.next;
    return answer;
}

}  // namespace countersign::rds
