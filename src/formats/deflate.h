// DEFLATE without a wrapper (RFC 1951), as SAML's HTTP-Redirect binding has it.
#pragma once

#include <string>
#include <string_view>

namespace countersign::formats {

std::string deflated(std::string_view bytes);

}  // namespace countersign::formats
