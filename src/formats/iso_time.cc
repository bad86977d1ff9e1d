#include "formats/iso_time.h"

#include <fmt/compile.h>

#include <algorithm>

namespace countersign::formats {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t fraction_digits_max = 9;

// A date and the time of that day.
struct Calendar {
    int year;
    unsigned month, day;
    std::chrono::hh_mm_ss<milliseconds> time;

    explicit Calendar(Instant instant) : time(instant - std::chrono::floor<days>(instant)) {
        const std::chrono::year_month_day date(std::chrono::floor<days>(instant));
        year = static_cast<int>(date.year());
        month = static_cast<unsigned>(date.month());
        day = static_cast<unsigned>(date.day());
    }
};

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Takes a text apart from its front. Every step that does not fit makes the reader fail for good.
class Reader {
public:
    explicit Reader(std::string_view text) : rest_(text) {}

    bool done() const { return sound_ && rest_.empty(); }
    bool next_is(char c) const { return sound_ && rest_.starts_with(c); }

    void skip(char c) {
        sound_ = next_is(c);
        if (sound_) rest_.remove_prefix(1);
    }
    int digits(std::size_t count) {
        sound_ = sound_ && rest_.size() >= count && std::ranges::all_of(rest_.substr(0, count), is_digit);
        if (!sound_) return 0;
        int number = 0;
        for (const char c : rest_.substr(0, count)) number = number * 10 + (c - '0');
        rest_.remove_prefix(count);
        return number;
    }
    int below(int limit) {
        const int number = digits(2);
        sound_ = sound_ && number < limit;
        return number;
    }
    // The digits after a decimal point, cut off after the third.
    milliseconds fraction() {
        const auto count =
            static_cast<std::size_t>(std::ranges::find_if_not(rest_, is_digit) - rest_.begin());
        sound_ = sound_ && count > 0 && count <= fraction_digits_max;
        if (!sound_) return {};
        int number = 0;
        for (std::size_t i = 0; i < 3; ++i) number = number * 10 + (i < count ? rest_[i] - '0' : 0);
        rest_.remove_prefix(count);
        return milliseconds(number);
    }
    void fail() { sound_ = false; }

private:
    std::string_view rest_;
    bool sound_ = true;
};

Instant date_from(Reader& reader, bool hyphens) {
    const int year = reader.digits(4);
    if (hyphens) reader.skip('-');
    const int month = reader.digits(2);
    if (hyphens) reader.skip('-');
    const int day = reader.digits(2);
    const std::chrono::year_month_day date{std::chrono::year(year),
                                           std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok()) {
        reader.fail();
        return {};
    }
    return std::chrono::sys_days(date);
}

// What a zone's "Z" or "+HH:MM" is ahead of UTC.
minutes zone_from(Reader& reader) {
    if (reader.next_is('Z')) {
        reader.skip('Z');
        return {};
    }
    const bool behind = reader.next_is('-');
    reader.skip(behind ? '-' : '+');
    const hours whole(reader.below(24));
    reader.skip(':');
    const minutes ahead = whole + minutes(reader.below(60));
    return behind ? -ahead : ahead;
}

}  // namespace

std::string basic_time(Instant instant) {
    const Calendar at(instant);
    return fmt::format(FMT_COMPILE("{:04}{:02}{:02}T{:02}{:02}{:02}Z"), at.year, at.month, at.day,
                       at.time.hours().count(), at.time.minutes().count(), at.time.seconds().count());
}

std::string basic_date(Instant instant) {
    const Calendar at(instant);
    return fmt::format(FMT_COMPILE("{:04}{:02}{:02}"), at.year, at.month, at.day);
}

std::string extended_time(Instant instant) {
    const Calendar at(instant);
    return fmt::format(FMT_COMPILE("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z"), at.year, at.month, at.day,
                       at.time.hours().count(), at.time.minutes().count(), at.time.seconds().count(),
                       at.time.subseconds().count());
}

std::string second_time(Instant instant) {
    const Calendar at(instant);
    return fmt::format(FMT_COMPILE("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z"), at.year, at.month, at.day,
                       at.time.hours().count(), at.time.minutes().count(), at.time.seconds().count());
}

std::optional<Instant> parse_basic_time(std::string_view text) {
    Reader reader(text);
    Instant instant = date_from(reader, false);
    reader.skip('T');
    instant += hours(reader.below(24));
    instant += minutes(reader.below(60));
    instant += seconds(reader.below(60));
    reader.skip('Z');
    if (!reader.done()) return std::nullopt;
    return instant;
}

std::optional<Instant> parse_extended_time(std::string_view text) {
    Reader reader(text);
    Instant instant = date_from(reader, true);
    if (reader.done()) return instant;
    reader.skip('T');
    instant += hours(reader.below(24));
    reader.skip(':');
    instant += minutes(reader.below(60));
    if (reader.next_is(':')) {
        reader.skip(':');
        instant += seconds(reader.below(60));
        if (reader.next_is('.')) {
            reader.skip('.');
            instant += reader.fraction();
        }
    }
    instant -= zone_from(reader);
    if (!reader.done()) return std::nullopt;
    return instant;
}

}  // namespace countersign::formats
