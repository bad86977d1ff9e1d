// Certificates as bytes, and SHA-1 where AWS's interfaces are defined by it: thumbprints of servers, name
// qualifiers of SAML subjects. Nothing is authenticated by SHA-1 alone.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace countersign::crypto {

std::string sha1(std::string_view bytes);  // 20 raw bytes

// The DER of one X.509 certificate given as PEM or DER. Fault::invalid: it cannot be read, or something
// follows it.
Result<std::string> certificate_der(std::string_view certificate);
// The same as PEM.
Result<std::string> certificate_pem(std::string_view certificate);

// SHA-1 of a certificate's DER, 40 lower-case hex digits: how AWS names the server of an OIDC provider.
Result<std::string> certificate_thumbprint(std::string_view certificate);

}  // namespace countersign::crypto
