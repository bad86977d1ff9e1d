// base64url without padding (RFC 7515, 2), strict.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace countersign::federation {

std::string base64url(std::string_view bytes);
// Fault::invalid: padding, another character, or bits that no encoder leaves behind.
Result<std::string> from_base64url(std::string_view text);

}  // namespace countersign::federation
