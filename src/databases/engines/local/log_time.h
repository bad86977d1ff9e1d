// The time with which a record of the csvlog begins, as log_timezone makes it: 2026-01-01 00:00:00.123 UTC
#pragma once

#include <cstddef>
#include <string_view>

#include "base/clock.h"

namespace countersign::databases::local {

inline constexpr std::size_t log_time_bytes = std::string_view("2026-01-01 00:00:00.123 UTC").size();

bool ends_with_log_time(std::string_view text);
Instant log_time_at_end(std::string_view text);  // the epoch when there is none

}  // namespace countersign::databases::local
