#include "services/rds/windows.h"

#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "databases/window.h"
#include "services/rds/validation.h"

namespace countersign::rds {

namespace {

constexpr std::string_view usual_maintenance = "sun:05:00-sun:05:30";
constexpr std::string_view usual_backup = "03:00-03:30";
constexpr int window_minutes_min = 30;
constexpr int minutes_of_day = 24 * 60;
constexpr int minutes_of_week = 7 * minutes_of_day;

// From a minute of the day or of the week on, so many minutes.
struct Span {
    int first;
    int minutes;
    int last(int cycle) const { return (first + minutes) % cycle; }
};

int distance(int first, int last, int cycle) {
    return (last - first + cycle) % cycle;
}

std::optional<int> minute_of_day(std::string_view text) {
    const std::vector<std::string_view> parts = split(text, ':');
    if (parts.size() != 2 || parts[0].size() != 2 || parts[1].size() != 2) return std::nullopt;
    const auto hour = parse_number<unsigned>(parts[0]);
    const auto minute = parse_number<unsigned>(parts[1]);
    if (!hour || !minute || *hour > 23 || *minute > 59) return std::nullopt;
    return static_cast<int>(*hour * 60 + *minute);
}

// What differs between the two kinds of windows.
struct Kind {
    std::string_view name;
    std::string_view form;
    std::string_view time_example;
    std::string_view range_example;
    int cycle;
    std::optional<int> (*parse)(std::string_view time);
};
constexpr Kind backup_kind{"backup", "hh24:mi", "03:15", "06:02-06:32", minutes_of_day, minute_of_day};
constexpr Kind maintenance_kind{"maintenance",         "ddd:hh24:mi",   "Mon:00:15",
                                "Sun:23:45-Mon:00:15", minutes_of_week, databases::parse_week_minute};

Result<int> read_time(const Kind& kind, std::string_view text) {
    if (const auto minute = kind.parse(text)) return *minute;
    return invalid_value(
        fmt::format("Invalid {} window time '{}' specified. Should be specified as a time {} (24H Clock "
                    "UTC). Example: {}",
                    kind.name, text, kind.form, kind.time_example));
}

std::string capitalized(std::string_view word) {
    std::string text(word);
    text.front() = static_cast<char>(text.front() - 'a' + 'A');
    return text;
}

Result<Span> read_span(const Kind& kind, std::string_view text) {
    const std::vector<std::string_view> ends = split(text, '-');
    if (ends.size() != 2)
        return invalid_value(
            fmt::format("Invalid {0} window format: {1}. Should be specified as a range {2}-{2} (24H Clock "
                        "UTC). Example: {3}",
                        kind.name, text, kind.form, kind.range_example));
    const int first = TRY(read_time(kind, ends[0]));
    const int last = TRY(read_time(kind, ends[1]));
    const Span span{first, distance(first, last, kind.cycle)};
    if (span.minutes < window_minutes_min)
        return invalid_value(fmt::format("{} window must be at least {} minutes.", capitalized(kind.name),
                                         window_minutes_min));
    if (span.minutes >= minutes_of_day)
        return invalid_value(fmt::format("{} window must be less than 24 hours.", capitalized(kind.name)));
    return span;
}

bool overlap(const Span& backup, const Span& maintenance) {
    for (int start = backup.first; start < minutes_of_week; start += minutes_of_day)
        if (distance(start, maintenance.first, minutes_of_week) < backup.minutes ||
            distance(maintenance.first, start, minutes_of_week) < maintenance.minutes)
            return true;
    return false;
}

std::string time_text(int minute) {
    return fmt::format("{:02}:{:02}", minute / 60, minute % 60);
}

std::string week_time_text(int minute) {
    constexpr std::array<std::string_view, 7> days{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
    return fmt::format("{}:{}", days.at(static_cast<std::size_t>(minute / minutes_of_day)),
                       time_text(minute % minutes_of_day));
}

// The usual one, or one that begins where the other ends.
Result<std::string> backup_beside(std::string_view given) {
    const Span maintenance = TRY(read_span(maintenance_kind, given));
    const Span usual = TRY(read_span(backup_kind, usual_backup));
    if (!overlap(usual, maintenance)) return std::string(usual_backup);
    const Span after{maintenance.last(minutes_of_day), window_minutes_min};
    return time_text(after.first) + '-' + time_text(after.last(minutes_of_day));
}

Result<std::string> maintenance_beside(std::string_view given) {
    const Span backup = TRY(read_span(backup_kind, given));
    const Span usual = TRY(read_span(maintenance_kind, usual_maintenance));
    if (!overlap(backup, usual)) return std::string(usual_maintenance);
    const Span after{backup.last(minutes_of_day), window_minutes_min};
    return week_time_text(after.first) + '-' + week_time_text(after.last(minutes_of_week));
}

Result<Windows> checked(Windows windows) {
    const Span backup = TRY(read_span(backup_kind, windows.backup));
    const Span maintenance = TRY(read_span(maintenance_kind, windows.maintenance));
    if (overlap(backup, maintenance))
        return invalid_value("The backup window and maintenance window must not overlap.");
    windows.maintenance = lower(windows.maintenance);
    return windows;
}

}  // namespace

Result<Windows> new_windows(const GivenWindow& backup, const GivenWindow& maintenance) {
    Windows windows{backup.value_or(std::string(usual_backup)),
                    maintenance.value_or(std::string(usual_maintenance))};
    if (!backup && maintenance) windows.backup = TRY(backup_beside(*maintenance));
    if (backup && !maintenance) windows.maintenance = TRY(maintenance_beside(*backup));
    return checked(std::move(windows));
}

Result<Windows> changed_windows(const Windows& present, const GivenWindow& backup,
                                const GivenWindow& maintenance) {
    if (!backup && !maintenance) return present;
    return checked({backup.value_or(present.backup), maintenance.value_or(present.maintenance)});
}

Result<std::string> member_window(const GivenWindow& maintenance) {
    const std::string text = maintenance.value_or(std::string(usual_maintenance));
    TRY(read_span(maintenance_kind, text));
    return lower(text);
}

}  // namespace countersign::rds
