// Access key ids that tell their account, as AWS's do: of the 80 bits that the 16 base32 digits behind the
// prefix stand for, the first is set, 40 hold the account's number and the rest is random. Long-term keys are
// found in the store by their id; those of sessions (ASIA…) lie nowhere, so only this says whose they are.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "crypto/random.h"

namespace countersign::model {

// Of an account with 12 digits; any other counts as none.
std::string new_session_key_id(std::string_view account, crypto::Random& random);

// The account that an id of that form names; nothing for any other text.
std::optional<std::string> account_of_key_id(std::string_view access_key_id);

}  // namespace countersign::model
