// What is asked of a certificate that somebody brings together with its private key and the chain of those
// who vouch for it. All are PEM, and nothing but blanks stands between certificates.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace countersign::crypto {

struct Validity {
    Instant from;
    Instant until;
};

// Fault::invalid when it is not one certificate.
Result<Validity> validity_of(std::string_view certificate);

// Whether the certificate is about this private key. Fault::invalid when one of the two cannot be read, or
// the key is encrypted.
Result<bool> is_key_of(const Secret& key, std::string_view certificate);

// Each certificate must be signed by the next one, from the certificate itself to the end of the chain. The
// place in the chain of the first that is not, -1 for the certificate itself; nothing when all are.
// Fault::invalid when the chain is empty, cannot be read or is longer than any that is in use.
Result<std::optional<int>> gap_in_chain(std::string_view certificate, std::string_view chain);

}  // namespace countersign::crypto
