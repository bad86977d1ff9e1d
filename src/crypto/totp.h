// Time-based one-time passwords as virtual MFA devices make them (RFC 6238: HMAC-SHA-1, 30 seconds, six
// digits). Which steps were used before is the caller's to keep: a code is good once (RFC 6238, 5.2).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace countersign::crypto {

// The shared key as people carry it: base32 (RFC 4648), in either case, blanks and padding passed over.
// Fault::invalid: another character, or fewer than 10 or more than 128 bytes.
Result<Secret> totp_key(std::string_view base32);

std::uint64_t totp_step(Instant now);  // the number of the 30 seconds that `now` lies in
std::string totp_code(const Secret& key, std::uint64_t step);

// The step whose code this is: the present one, the one before or the one after. Nothing when it is none of
// them, or not six digits. Takes the same time whichever it is.
std::optional<std::uint64_t> matching_totp_step(const Secret& key, std::string_view code, Instant now);

}  // namespace countersign::crypto
