// Percent-encoding as RFC 3986 and AWS Signature Version 4 have it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace countersign::formats {

// Every byte but A-Z a-z 0-9 - . _ ~ becomes %XX, upper-case hex.
std::string percent_encode(std::string_view bytes);
void append_percent_encoded(std::string_view bytes, std::string& into);

// %XX in either case becomes its byte; '+' stays a plus. Fault::invalid: a '%' without two hex digits.
Result<std::string> percent_decode(std::string_view text);
// False for the same fault; what was before it is appended then.
bool append_percent_decoded(std::string_view text, std::string& bytes);

}  // namespace countersign::formats
