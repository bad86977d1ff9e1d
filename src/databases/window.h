// Maintenance windows: ddd:hh:mm-ddd:hh:mm, UTC, as PreferredMaintenanceWindow has them. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace countersign::databases {

// Minutes from Sunday 00:00; `last` may lie before `first`, then the window spans the end of the week.
struct Window {
    int first = 0;
    int last = 0;
    friend bool operator==(const Window&, const Window&) = default;
};

// ddd:hh:mm as minutes from Sunday 00:00.
std::optional<int> parse_week_minute(std::string_view text);
std::optional<Window> parse_window(std::string_view text);
bool is_open(const Window& window, Instant now);

}  // namespace countersign::databases
