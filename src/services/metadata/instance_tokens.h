// The session tokens of the instance metadata service, version 2: whoever can send a PUT gets one, and shows
// it with every GET. They are signed, not kept, so that any number of them costs nothing. Pure but for
// randomness. Source: EC2 User Guide, "Use the Instance Metadata Service to access instance metadata".
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/secret.h"
#include "crypto/random.h"

namespace countersign::metadata {

// What the header X-aws-ec2-metadata-token-ttl-seconds may say: 1 to 21600.
std::optional<std::chrono::seconds> parse_token_life(std::string_view text);

class InstanceTokens {
public:
    // With a key of its own: after a restart, clients fetch new tokens.
    explicit InstanceTokens(crypto::Random& random);

    std::string issue(Instant now, std::chrono::seconds life) const;
    bool is_good(std::string_view token, Instant now) const;

private:
    crypto::Random& random_;
    const Secret key_;
};

}  // namespace countersign::metadata
