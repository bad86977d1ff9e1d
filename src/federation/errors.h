// The errors of AWS's federation operations, each with its code (STS API reference). Messages never repeat
// what a token or an assertion says.
#pragma once

#include <string>
#include <utility>

#include "base/result.h"

namespace countersign::federation {

inline Error invalid_token(std::string why) {  // HTTP 400
    return {Fault::invalid, std::move(why), "InvalidIdentityToken"};
}
inline Error expired_token(std::string why) {  // HTTP 400
    return {Fault::invalid, std::move(why), "ExpiredTokenException"};
}
inline Error rejected_claim(std::string why) {  // HTTP 403
    return {Fault::denied, std::move(why), "IDPRejectedClaim"};
}
inline Error provider_unreachable(std::string why) {  // HTTP 400; clients try again
    return {Fault::unavailable, std::move(why), "IDPCommunicationError"};
}

}  // namespace countersign::federation
