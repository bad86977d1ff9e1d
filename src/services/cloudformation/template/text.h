// A template's text, JSON or YAML, as one JSON value. YAML's short forms become what they stand for:
// !Ref X is {"Ref": "X"}, !GetAtt A.B is {"Fn::GetAtt": ["A", "B"]}. Pure.
// Source: AWS CloudFormation User Guide, "CloudFormation template format": YAML 1.1 without aliases, merges
// and the tags binary, omap, pairs, set and timestamp.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "formats/json.h"

namespace countersign::cloudformation {

namespace json = formats::json;

inline constexpr std::size_t template_bytes_max = 51'200;  // AWS's, of a body in the request
inline constexpr std::size_t template_depth_max = 32;      // of values in one another
inline constexpr std::size_t template_values_max = 20'000;

Error template_error(std::string message);  // ValidationError, "Template format error: …"

// A scalar as the text that it is in a template.
std::string scalar_text(const json::value& value);

// Fault::invalid: too long, too deep, neither JSON nor YAML, a key twice, an alias, a tag that is not known.
Result<json::value> read_template_text(std::string_view text);

}  // namespace countersign::cloudformation
