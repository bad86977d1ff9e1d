// What a source of credentials answers.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "sigv4/signing.h"

namespace countersign::client {

struct FoundCredentials {
    sigv4::Credentials credentials;
    std::optional<Instant> expiration = {};  // none: not known, or never
    std::string source = {};                 // as `aws configure list` names it: env, assume-role, sso, …
    std::string detail = {};                 // where in the source: a file, a role, an address
};

// Nothing found is no error: the next source is asked.
struct SourceAnswer {
    std::optional<FoundCredentials> found = {};
    std::string why = {};  // there was nothing
};

inline SourceAnswer nothing(std::string why) {
    return SourceAnswer{{}, std::move(why)};
}

}  // namespace countersign::client
