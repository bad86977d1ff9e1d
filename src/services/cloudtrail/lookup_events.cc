#include "services/cloudtrail/lookup_events.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "audit/chain.h"
#include "audit/files.h"
#include "base/text.h"
#include "formats/iso_time.h"
#include "formats/record.h"
#include "services/cloudtrail/login_event.h"
#include "services/cloudtrail/page_token.h"
#include "services/cloudtrail/timeline.h"

namespace countersign::cloudtrail {

namespace {

using gateway::Call;

constexpr auto days_kept = std::chrono::days(90);
constexpr std::size_t page_max = 50;
constexpr std::uint64_t page_bytes_max = 24UL * 1024 * 1024;  // looked through for one page
// Lines of concurrent calls, and refusals that PostgreSQL tells late, are not quite in order.
constexpr auto disorder_max = std::chrono::minutes(10);

struct Attribute {
    std::string_view key;
    bool (*matches)(const Event& event, std::string_view value);
};

bool has_resource(const Event& event, std::string EventResource::*member, std::string_view value) {
    return std::ranges::find(event.resources, value, member) != event.resources.end();
}

constexpr std::array attributes{
    Attribute{"AccessKeyId",
              [](const Event& event, std::string_view value) { return event.access_key_id == value; }},
    Attribute{"EventId", [](const Event& event, std::string_view value) { return event.id == value; }},
    Attribute{"EventName", [](const Event& event, std::string_view value) { return event.name == value; }},
    Attribute{"EventSource",
              [](const Event& event, std::string_view value) { return event.source == value; }},
    Attribute{"ReadOnly",
              [](const Event& event, std::string_view value) {
                  return value == (event.read_only ? "true" : "false");
              }},
    Attribute{"ResourceName",
              [](const Event& event, std::string_view value) {
                  return has_resource(event, &EventResource::name, value);
              }},
    Attribute{"ResourceType",
              [](const Event& event, std::string_view value) {
                  return has_resource(event, &EventResource::type, value);
              }},
    Attribute{"Username", [](const Event& event, std::string_view value) { return event.username == value; }},
};

// What is looked for.
struct Question {
    std::string account;
    std::string region;
    Instant start;
    Instant end;
    const Attribute* attribute = nullptr;
    std::string value;

    bool wants(const Event& event) const {
        return event.account == account && event.region == region && event.time >= start &&
               event.time <= end && (attribute == nullptr || attribute->matches(event, value));
    }
    std::string text() const {
        return fmt::format("{}\n{}\n{}\n{}", account, region, attribute != nullptr ? attribute->key : "",
                           value);
    }
};

Result<Question> question_of(const Call& call, const api::LookupEventsRequest& input) {
    Question question{call.account(), call.region, call.now - days_kept, call.now, nullptr, {}};
    if (input.StartTime) question.start = std::max(question.start, *input.StartTime);
    if (input.EndTime) question.end = *input.EndTime;
    if (question.start > question.end)
        return Error{Fault::invalid, "The start time must not be after the end time.",
                     "InvalidTimeRangeException"};
    if (!input.LookupAttributes || input.LookupAttributes->empty()) return question;
    if (input.LookupAttributes->size() > 1)
        return Error{Fault::invalid, "Only one lookup attribute can be given.",
                     "InvalidLookupAttributesException"};
    const api::LookupAttribute& given = input.LookupAttributes->front();
    question.attribute = std::ranges::find(attributes, *given.AttributeKey, &Attribute::key);
    if (question.attribute == attributes.end())
        return Error{Fault::invalid, "There is no such lookup attribute.",
                     "InvalidLookupAttributesException"};
    question.value = *given.AttributeValue;
    return question;
}

// That of the first line that has one.
std::optional<std::uint64_t> first_number_in(const std::filesystem::path& file) {
    auto lines = audit::LineReader::open(file);
    if (!lines) return std::nullopt;
    for (std::string line; lines->next(line);)
        if (const auto position = audit::position_of(line); position && audit::entry_in(line))
            return position->seq;
    return std::nullopt;
}

// The files of the audit of logins, by the number of their first line.
std::vector<NumberedFile> login_files(const std::filesystem::path& log) {
    std::vector<NumberedFile> found;
    for (const auto& file : audit::log_files(log)) {
        if (const auto number = audit::number_of(log, file)) {
            found.push_back({*number, file});
            continue;
        }
        if (const auto first = first_number_in(file)) found.push_back({*first, file});
    }
    std::ranges::reverse(found);
    return found;
}

// Lines that do not name the account need not be read.
EventLog::Decode decode_event(const std::string& account) {
    return [account](std::string_view line) -> std::optional<Event> {
        if (line.find(account) == std::string_view::npos) return std::nullopt;
        auto event = formats::from_record<Event>(line);
        return event ? std::optional(*std::move(event)) : std::nullopt;
    };
}

EventLog::Decode decode_login(const std::string& account) {
    return [account](std::string_view line) -> std::optional<Event> {
        if (line.find(account) == std::string_view::npos) return std::nullopt;
        const auto entry = audit::entry_in(line);
        return entry ? event_of(*entry) : std::nullopt;
    };
}

constexpr std::size_t logs_of_a_page = 4;

Result<Timeline> timeline_of(const Deps& deps, const Question& question,
                             const std::optional<std::string>& token) {
    std::array<std::optional<Position>, logs_of_a_page> from;
    if (token) {
        const std::vector<Position> positions = TRY(read_page_token(*token, question.text(), logs_of_a_page));
        std::ranges::copy(positions, from.begin());
    }
    const EventLog::Decode events = decode_event(question.account);
    std::vector<EventLog> all;
    all.emplace_back(deps.api_events.writes().files(), from[0], events);
    all.emplace_back(deps.api_events.reads().files(), from[1], events);
    all.emplace_back(deps.api_events.strangers().files(), from[2], events);
    all.emplace_back(login_files(deps.login_log), from[3], decode_login(question.account));
    return Timeline(std::move(all), page_bytes_max);
}

api::Event answer_for(const Event& event) {
    api::Event made;
    made.EventId = event.id;
    made.EventName = event.name;
    made.ReadOnly = event.read_only ? "true" : "false";
    if (!event.access_key_id.empty()) made.AccessKeyId = event.access_key_id;
    made.EventTime = event.time;
    made.EventSource = event.source;
    if (!event.username.empty()) made.Username = event.username;
    for (const EventResource& resource : event.resources)
        made.Resources.push_back(api::Resource{resource.type, resource.name});
    made.CloudTrailEvent = event.record;
    return made;
}

}  // namespace

Result<api::LookupEventsResponse> lookup_events(const Deps& deps, const Call& call,
                                                const api::LookupEventsRequest& input) {
    const Question question = TRY(question_of(call, input));
    api::LookupEventsResponse answer;
    if (input.EventCategory) return answer;  // there are no insights
    Timeline timeline = TRY(timeline_of(deps, question, input.NextToken));
    const auto most = static_cast<std::size_t>(input.MaxResults.value_or(page_max));
    bool more = true;
    while (answer.Events.size() < most && more) {
        const std::optional<Event> event = timeline.next();
        if (event && question.wants(*event)) answer.Events.push_back(answer_for(*event));
        more = event && event->time >= question.start - disorder_max;
    }
    if (more || timeline.exhausted()) answer.NextToken = page_token(timeline.positions(), question.text());
    return answer;
}

}  // namespace countersign::cloudtrail
