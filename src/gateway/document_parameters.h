// A JSON or CBOR document as the parameters that AWS's Query protocol would have for it:
//
//     {"Period": 60, "Dimensions": [{"Name": "a"}]}   Period=60, Dimensions.member.1.Name=a
//
// Of a member that is null there is but a parameter with null_mark behind its name, which a QueryReader does
// not count as sent: only a value of any shape asks for it. Pure.
#pragma once

#include <string_view>

#include "base/result.h"
#include "formats/json.h"
#include "formats/query.h"

namespace countersign::gateway {

inline constexpr std::string_view null_mark = ".\x01null";

// Fault::invalid, SerializationException: no object, a member's name with a dot in it, or more than
// limits::parameters_max parameters.
Result<formats::Parameters> parameters_of_document(const formats::json::value& document);

}  // namespace countersign::gateway
