// Signs an API request as AWS's SDKs do, in its Authorization header. Pure.
#pragma once

#include <string>

#include "base/clock.h"
#include "http/message.h"
#include "sigv4/signing.h"

namespace countersign::sigv4 {

struct SigningScope {
    std::string region;
    std::string service;
};

// Adds X-Amz-Date, X-Amz-Security-Token where the credentials have one, and Authorization. Signed are these,
// Host, which must be there, and Content-Type and X-Amz-Target if they are. The target must have no query.
void sign(http::Request& request, const Credentials& credentials, const SigningScope& signing, Instant now);

}  // namespace countersign::sigv4
