// ISO 8601 as AWS writes it, always UTC.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace countersign::formats {

std::string basic_time(Instant instant);     // 20260101T000000Z: X-Amz-Date
std::string basic_date(Instant instant);     // 20260101: the date of a credential scope
std::string extended_time(Instant instant);  // 2026-01-01T00:00:00.000Z: times in answers
std::string second_time(Instant instant);    // 2026-01-01T00:00:00Z: times in IAM's and STS's answers

// Exactly YYYYMMDD'T'HHMMSS'Z' naming a moment that exists; nothing otherwise (no leap second, no 24:00).
std::optional<Instant> parse_basic_time(std::string_view text);

// YYYY-MM-DD, YYYY-MM-DDTHH:MM[:SS[.fraction]] with Z or +HH:MM; nothing otherwise (W3C note-datetime).
std::optional<Instant> parse_extended_time(std::string_view text);

}  // namespace countersign::formats
