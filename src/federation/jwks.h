// The keys that an OpenID Connect provider publishes (JWKS, RFC 7517). A KeySet is a value; const use is safe
// from any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/public_key.h"

namespace countersign::federation {

inline constexpr std::size_t jwks_bytes_max = 256UL * 1024;
inline constexpr std::size_t jwks_keys_max = 100;  // of each kind, RSA and EC, as AWS allows

// The signature algorithm of that JOSE name; nothing for every other name, so that none of them can verify.
std::optional<crypto::SignatureAlgorithm> algorithm_of(std::string_view jose_name);

class KeySet {
public:
    // Entries that cannot be used to verify are passed over, as RFC 7517 (5) says: other kinds and curves,
    // other uses and operations, other algorithms, malformed or weak keys. Code InvalidIdentityToken: not a
    // JWKS, or beyond the bounds.
    static Result<KeySet> parse(std::string_view json);

    // The key that fits the algorithm and has that id, or the only one that fits when no id is given. Nothing
    // when there is none, or when several would do.
    const crypto::PublicKey* find(const std::optional<std::string>& id,
                                  crypto::SignatureAlgorithm algorithm) const;
    bool has(std::string_view id) const;
    std::size_t size() const { return keys_.size(); }

private:
    struct Entry {
        std::string id;
        std::optional<crypto::SignatureAlgorithm> only;  // the one algorithm that the provider uses it with
        crypto::PublicKey key;
    };

    std::vector<Entry> keys_;
};

}  // namespace countersign::federation
