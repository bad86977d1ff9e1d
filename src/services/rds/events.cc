#include "services/rds/events.h"

#include <algorithm>

#include "base/text.h"
#include "model/keys.h"
#include "model/rds.h"
#include "services/rds/event_categories.h"
#include "services/rds/filters.h"
#include "services/rds/paging.h"

namespace countersign::rds {

namespace keys = model::keys;
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
    const auto is_of_category = [&](const model::Event& event) {
        return !input.EventCategories || input.EventCategories->empty() ||
               std::ranges::count(*input.EventCategories, category_of(event.message)) > 0;
    };
    const auto is_asked_for = [&](const model::Event& event) {
        return is_of_category(event) && input.SourceType.value_or(event.source_type) == event.source_type &&
               lower(input.SourceIdentifier.value_or(event.source_id)) == event.source_id;
    };
    const StoredList list{keys::events(call.account(), call.region),
                          keys::event(call.account(), call.region, period.first),
                          keys::event(call.account(), call.region, period.last)};
    const auto shown_page = TRY(stored_page<model::Event>(deps.store, list, input, is_asked_for));
    api::EventsMessage answer;
    for (const model::Event& shown : shown_page.items) {
        api::Event& event = answer.Events.emplace_back();
        event.SourceIdentifier = shown.source_id;
        event.SourceType = shown.source_type;
        event.SourceArn = shown.source_arn;
        event.Message = shown.message;
        event.EventCategories.emplace_back(category_of(shown.message));
        event.Date = shown.time;
    }
    answer.Marker = shown_page.next;
    return answer;
}

}  // namespace countersign::rds
