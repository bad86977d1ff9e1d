#include <algorithm>
#include <limits>

#include "base/text.h"
#include "policy/values.h"

namespace countersign::policy {

namespace {

constexpr std::int64_t year_min = -292275054;  // what 64 bits of milliseconds hold
constexpr std::int64_t year_max = 292278993;

struct Fields {
    std::int64_t year = 0;
    unsigned month = 1, day = 1;
    unsigned hour = 0, minute = 0, second = 0, millisecond = 0;
    std::int64_t offset_minutes = 0;
};

// Splits at the first mark: the text before it is returned, the rest stays.
std::string_view take_until(std::string_view& text, char mark) {
    const std::size_t at = std::min(text.find(mark), text.size());
    const std::string_view head = text.substr(0, at);
    text.remove_prefix(std::min(at + 1, text.size()));
    return head;
}

bool read_number(std::string_view text, unsigned low, unsigned high, unsigned& into) {
    const auto number = parse_number<unsigned>(text);
    if (!number || *number < low || *number > high) return false;
    into = *number;
    return true;
}

bool read_date(std::string_view text, Fields& into) {
    const bool before_zero = text.starts_with('-');
    if (before_zero) text.remove_prefix(1);
    const std::vector<std::string_view> parts = split(text, '-');
    const auto year = parse_number<std::uint32_t>(parts.front());
    if (!year || parts.size() > 3) return false;
    into.year = before_zero ? -static_cast<std::int64_t>(*year) : static_cast<std::int64_t>(*year);
    if (into.year < year_min || into.year > year_max) return false;
    return (parts.size() < 2 || read_number(parts[1], 1, 12, into.month)) &&
           (parts.size() < 3 || read_number(parts[2], 1, 31, into.day));
}

// +HH, +HH:MM, -HH:MM; the sign is taken off already.
bool read_offset(std::string_view text, bool west, Fields& into) {
    const std::string_view hours = take_until(text, ':');
    unsigned hour = 0;
    unsigned minute = 0;
    if (hours.size() != 2 || !read_number(hours, 0, 23, hour)) return false;
    if (!text.empty() && (text.size() != 2 || !read_number(text, 0, 59, minute))) return false;
    const std::int64_t minutes = hour * 60 + minute;
    into.offset_minutes = west ? -minutes : minutes;
    return true;
}

bool read_seconds(std::string_view text, Fields& into) {
    const std::string_view whole = take_until(text, '.');
    if (!read_number(whole, 0, 59, into.second)) return false;
    if (text.empty()) return true;
    unsigned fraction = 0;
    if (text.size() > 9 || !read_number(text, 0, 999'999'999, fraction)) return false;
    for (std::size_t digits = text.size(); digits < 3; ++digits) fraction *= 10;
    for (std::size_t digits = text.size(); digits > 3; --digits) fraction /= 10;
    into.millisecond = fraction;
    return true;
}

// HH, HH:MM or HH:MM:SS, each with a zone or none; UTC where there is none.
bool read_time(std::string_view text, Fields& into) {
    if (text.empty()) return true;
    const std::size_t zone = text.find_first_of("zZ+-");
    if (zone != std::string_view::npos) {
        const char mark = text[zone];
        const std::string_view rest = text.substr(zone + 1);
        const bool utc = mark == 'z' || mark == 'Z';
        if (utc ? !rest.empty() : !read_offset(rest, mark == '-', into)) return false;
        text = text.substr(0, zone);
    }
    const std::vector<std::string_view> parts = split(text, ':');
    if (parts.size() > 3 || !read_number(parts[0], 0, 23, into.hour)) return false;
    if (parts.size() > 1 && !read_number(parts[1], 0, 59, into.minute)) return false;
    return parts.size() < 3 || read_seconds(parts[2], into);
}

// Days since 1970-01-01 in the proleptic Gregorian calendar; the year begins in March, so that leap days come
// last.
std::int64_t days_since_1970(const Fields& fields) {
    const std::int64_t year = fields.year - (fields.month <= 2 ? 1 : 0);
    const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
    const std::int64_t year_of_era = year - era * 400;
    const std::int64_t month = (fields.month + 9) % 12;
    const std::int64_t day_of_year = (153 * month + 2) / 5 + fields.day - 1;
    return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719'468;
}

std::optional<std::int64_t> moment_of(const Fields& fields) {
    const std::int64_t hours = days_since_1970(fields) * 24 + fields.hour;
    const std::int64_t seconds = (hours * 60 + fields.minute - fields.offset_minutes) * 60 + fields.second;
    constexpr std::int64_t seconds_max = std::numeric_limits<std::int64_t>::max() / 1000;
    // A year at the rim counts as the rim itself.
    return std::clamp(seconds, -seconds_max, seconds_max - 1) * 1000 + fields.millisecond;
}

std::optional<std::int64_t> moment_of_number(std::string_view text) {
    constexpr std::size_t millisecond_digits = 12;
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    const auto number = parse_number<std::uint64_t>(text);
    if (!number || *number > most) return std::nullopt;
    const auto signed_number = static_cast<std::int64_t>(*number);
    return text.size() < millisecond_digits ? signed_number * 1000 : signed_number;
}

}  // namespace

std::optional<std::int64_t> parse_moment(std::string_view text) {
    if (text.find_first_of("tT-") == std::string_view::npos) return moment_of_number(text);
    Fields fields;
    const std::size_t separator = std::min(text.find_first_of("tT"), text.size());
    if (!read_date(text.substr(0, separator), fields)) return std::nullopt;
    if (separator < text.size() && !read_time(text.substr(separator + 1), fields)) return std::nullopt;
    return moment_of(fields);
}

}  // namespace countersign::policy
