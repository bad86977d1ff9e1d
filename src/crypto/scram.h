// PostgreSQL's SCRAM-SHA-256 verifier of a password, so that the password itself need not be kept (RFC 5803).
#pragma once

#include <string>

#include "base/secret.h"
#include "crypto/random.h"

namespace countersign::crypto {

// SCRAM-SHA-256$4096:salt$StoredKey:ServerKey. The password is printable ASCII, so SASLprep changes nothing.
std::string scram_verifier(const Secret& password, Random& random);

}  // namespace countersign::crypto
