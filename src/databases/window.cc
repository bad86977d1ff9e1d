#include "databases/window.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"

namespace countersign::databases {

namespace {

constexpr std::array<std::string_view, 7> days = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
constexpr int day_minutes = 24 * 60;

}  // namespace

std::optional<int> parse_week_minute(std::string_view text) {
    const std::vector<std::string_view> parts = split(text, ':');
    if (parts.size() != 3 || parts[1].size() != 2 || parts[2].size() != 2) return std::nullopt;
    const auto day = std::find(days.begin(), days.end(), lower(parts[0]));
    const std::optional<unsigned> hour = parse_number<unsigned>(parts[1]);
    const std::optional<unsigned> minute = parse_number<unsigned>(parts[2]);
    if (day == days.end() || !hour || !minute || *hour > 23 || *minute > 59) return std::nullopt;
    return static_cast<int>(day - days.begin()) * day_minutes + static_cast<int>(*hour * 60 + *minute);
}

std::optional<Window> parse_window(std::string_view text) {
    const std::vector<std::string_view> ends = split(text, '-');
    if (ends.size() != 2) return std::nullopt;
    const std::optional<int> first = parse_week_minute(ends[0]);
    const std::optional<int> last = parse_week_minute(ends[1]);
    if (!first || !last || *first == *last) return std::nullopt;
    return Window{*first, *last};
}

bool is_open(const Window& window, Instant now) {
    const auto day = std::chrono::floor<std::chrono::days>(now);
    const int weekday = static_cast<int>(std::chrono::weekday(day).c_encoding());
    const auto since_midnight = std::chrono::floor<std::chrono::minutes>(now - day);
    const int minute = weekday * day_minutes + static_cast<int>(since_midnight.count());
    if (window.first < window.last) return window.first <= minute && minute < window.last;
    return minute >= window.first || minute < window.last;
}

}  // namespace countersign::databases
