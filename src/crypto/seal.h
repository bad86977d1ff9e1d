// Secrets at rest: AES-256-GCM under keys that live in a file of their own. The newest key seals; each opens
// what it sealed. A sealed text is base64 of version byte 2, 4 bytes that name the key, 12 byte nonce,
// ciphertext and 16 byte tag. Version 1 names no key: the oldest one opens it. The context (such as the store
// key under which it lies) is authenticated with it, so that a sealed text moved elsewhere does not open.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/random.h"

namespace countersign::crypto {

inline constexpr std::size_t sealing_keys_max = 16;  // in one file
inline constexpr std::string_view unknown_sealing_key = "UnknownSealingKey";

// A value. Safe to call from any thread.
class SealingKey {
public:
    explicit SealingKey(const Secret& keys);  // 1 to sealing_keys_max of 32 bytes each, the oldest first

    // Reads the key file (the raw bytes of its keys); makes it with one key, mode 0600 and synced to disk,
    // when it is absent. Refuses a file that others than its owner can read, or of another length. Of two
    // processes that make it at once, both get the key of the one that came first.
    static Result<SealingKey> load_or_create(const std::filesystem::path& file, Random& random);
    static Result<SealingKey> load(const std::filesystem::path& file);  // Fault::not_found when it is absent

    // Adds a new key to the file, which seals from the next load on. Fault::conflict when there are too many.
    static Result<SealingKey> add_key(const std::filesystem::path& file, Random& random);
    // Leaves only the newest key in the file, which must still be the one of this id.
    static Result<SealingKey> drop_older_keys(const std::filesystem::path& file, std::string_view newest);

    // The secret has at most 1 MiB. Fault::denied: altered, moved to another context, or sealed with another
    // key; one that names a key that is not here has the code unknown_sealing_key.
    std::string seal(const Secret& secret, std::string_view context, Random& random) const;
    Result<Secret> open(std::string_view sealed, std::string_view context) const;

    // Whether it names the newest key: what does not is to be sealed again.
    bool is_of_newest(std::string_view sealed) const;
    // What each key is called: 8 hexadecimal digits, the oldest first.
    std::vector<std::string> ids() const;

private:
    struct Key {
        Secret bytes;
        std::string name;  // 4 bytes
    };

    const Key* find(std::string_view name) const;

    std::vector<Key> keys_;  // the oldest first
};

}  // namespace countersign::crypto
