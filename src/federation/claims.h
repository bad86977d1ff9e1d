// Members of a JSON object as claims: typed reads that have nothing to give when the type is another.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "formats/json.h"

namespace countersign::federation {

// The member's text, living as long as the object.
std::optional<std::string_view> text_member(const formats::json::object& object, std::string_view name);

// A text as a list of one, or an array of texts as it is; nothing when it is missing or anything else.
std::optional<std::vector<std::string>> texts_of(const formats::json::value* value);

// A NumericDate (RFC 7519, 2) from 1970 to 9999, fractions cut off.
std::optional<Instant> time_member(const formats::json::object& object, std::string_view name);

}  // namespace countersign::federation
