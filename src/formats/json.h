// JSON by Boost.JSON, with the two things it lacks: a refusal of duplicate keys and a depth limit for all.
// Boost.JSON keeps the last of two equal keys silently, which would turn {"Effect":"Deny","Effect":"Allow"}
// into an Allow.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace countersign::formats {

namespace json = boost::json;

// Parses one JSON text. Fault::invalid: not JSON, deeper than limits::json_depth_max, or a key twice in one
// object (the message says which). Anything but white space after the value is an error.
Result<json::value> parse_json(std::string_view text);

}  // namespace countersign::formats
