// One refusal by policy, as it can be told to those who may know: what was asked for, and what every policy
// said to it. Values.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/random.h"
#include "crypto/seal.h"
#include "policy/explain.h"
#include "policy/policy.h"

namespace countersign::access {

struct Denial {
    policy::Request request;
    policy::Explanation explanation;
    std::string principal_id;
    std::string principal_name;  // of a user; empty for anything else
};

// The form that AWS documents for decoded authorization messages: a JSON object with allowed, explicitDeny,
// matchedStatements, failures and context; beside them decidedBy and why, for people.
std::string decoded_message(const Denial& denial);

// The message sealed for the account of its principal; nothing when it is too large for a header.
std::optional<std::string> encoded_message(const Denial& denial, const crypto::SealingKey& sealing,
                                           crypto::Random& random);

// The decoded form. Fault::denied: altered, cut, or of another account.
Result<std::string> decode_message(std::string_view encoded, std::string_view account,
                                   const crypto::SealingKey& sealing);

}  // namespace countersign::access
