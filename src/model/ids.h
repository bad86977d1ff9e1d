// Identifiers as AWS makes them. Source: IAM User Guide, "IAM identifiers" (reference_identifiers); RDS
// resource ids are 26 characters of base32.
#pragma once

#include <string>
#include <string_view>

#include "base/secret.h"
#include "crypto/random.h"

namespace countersign::model {

inline constexpr std::string_view base32_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

// Prefix and 17 characters: AIDA… a user, ANPA… a managed policy.
inline std::string new_unique_id(std::string_view prefix, crypto::Random& random) {
    return std::string(prefix) + crypto::random_text(random, base32_alphabet, 17);
}
inline std::string new_access_key_id(crypto::Random& random) {
    return "AKIA" + crypto::random_text(random, base32_alphabet, 16);
}
inline Secret new_secret_access_key(crypto::Random& random) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    return Secret(crypto::random_text(random, alphabet, 40));
}
// cluster-… or db-…
inline std::string new_resource_id(std::string_view kind, crypto::Random& random) {
    return std::string(kind) + '-' + crypto::random_text(random, base32_alphabet, 26);
}

}  // namespace countersign::model
