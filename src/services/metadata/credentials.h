// Credentials of a role as machines get them. Values.
#pragma once

#include <functional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace countersign::metadata {

struct RoleCredentials {
    std::string role_arn;
    std::string access_key_id;
    Secret secret_access_key;
    std::string session_token;
    Instant issued;
    Instant expires;
};

// Gives those that are good now. Fault::not_found: there is no such role. Fault::denied: it does not trust
// this kind of machine. Safe to call from any thread.
using Issuer = std::function<Result<RoleCredentials>(Instant now)>;

}  // namespace countersign::metadata
