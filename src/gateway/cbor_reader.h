// CBOR in, by libcbor's streaming decoder: one item as a JSON value. Byte strings become base64, tags are
// passed over (a time is its seconds since 1970). Source: RFC 8949; Smithy, "RPC v2 CBOR protocol".
#pragma once

#include <string_view>

#include "base/result.h"
#include "formats/json.h"

namespace countersign::gateway {

// Fault::invalid: not CBOR, deeper than limits::json_depth_max, a key twice in one map or one that is no
// text, a whole number beyond 64 bits with sign, or more than one item.
Result<formats::json::value> parse_cbor(std::string_view bytes);

}  // namespace countersign::gateway
