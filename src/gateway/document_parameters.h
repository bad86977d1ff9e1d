// A JSON or CBOR document as the parameters that AWS's Query protocol would have for it:
//
//     {"Period": 60, "Dimensions": [{"Name": "a"}]}   Period=60, Dimensions.member.1.Name=a
//
// Pure.
#pragma once

#include "base/result.h"
#include "formats/json.h"
#include "formats/query.h"

namespace countersign::gateway {

// Fault::invalid, SerializationException: no object, a member's name with a dot in it, or more than
// limits::parameters_max parameters.
Result<formats::Parameters> parameters_of_document(const formats::json::value& document);

}  // namespace countersign::gateway
