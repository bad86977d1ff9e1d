// Query strings and form bodies: name=value pairs joined by '&', in the order they came.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace countersign::formats {

using Parameter = std::pair<std::string, std::string>;  // name and value, decoded
using Parameters = std::vector<Parameter>;

// What a '+' means: a blank in HTML forms (application/x-www-form-urlencoded), itself in signed URLs.
enum class Plus { blank, literal };

// A name without '=' has an empty value; empty pieces between '&' are passed over.
// Fault::invalid: a bad percent escape, or more than limits::parameters_max pairs.
Result<Parameters> parse_query(std::string_view text, Plus plus);

// The first value of that name, or nullptr.
const std::string* find(const Parameters& parameters, std::string_view name);

}  // namespace countersign::formats
