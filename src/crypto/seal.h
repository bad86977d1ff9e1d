// Secrets at rest: AES-256-GCM under one key that lives in its own file.
// A sealed text is base64 of version byte, 12 byte nonce, ciphertext and 16 byte tag. The context (such as
// the store key under which it lies) is authenticated with it, so that a sealed text moved elsewhere does not
// open.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/random.h"

namespace countersign::crypto {

// Safe to call from any thread.
class SealingKey {
public:
    explicit SealingKey(Secret key);  // 32 bytes

    // Reads the key file (32 raw bytes); makes it, mode 0600 and synced to disk, when it is absent.
    // Refuses a file that others than its owner can read, or of another length. Of two processes that make it
    // at once, both get the key of the one that came first.
    static Result<SealingKey> load_or_create(const std::filesystem::path& file, Random& random);
    static Result<SealingKey> load(const std::filesystem::path& file);  // Fault::not_found when it is absent

    // The secret has at most 1 MiB. Fault::denied: altered, moved to another context, or sealed with another
    // key.
    std::string seal(const Secret& secret, std::string_view context, Random& random) const;
    Result<Secret> open(std::string_view sealed, std::string_view context) const;

private:
    Secret key_;
};

}  // namespace countersign::crypto
