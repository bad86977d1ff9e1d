// Bytes as text: base64 (RFC 4648, with padding), base32 (upper case, without padding) and lower-case hex.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace countersign::formats {

std::string base64(std::string_view bytes);
Result<std::string> from_base64(std::string_view text);  // strict: padding needed, nothing else allowed
std::string base32(std::string_view bytes);
std::string hex(std::string_view bytes);
Result<std::string> from_hex(std::string_view text);  // either case

}  // namespace countersign::formats
