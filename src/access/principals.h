// Principals by access key, with all their policies compiled, each kept until the store says that something
// changed of which it was made. A change that the store acknowledged is seen by the very next call. What is
// not kept is loaded without a lock, by one call a key; keys that are not known are kept apart, so that
// made-up ones displace no other. Safe to call from any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "access/principal_loader.h"
#include "base/changes.h"
#include "base/mutex.h"
#include "base/recent.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/single_flight.h"
#include "crypto/seal.h"
#include "store/store.h"

namespace countersign::access {

// An access key with the principal it stands for.
struct KeyHolder {
    model::KeyStatus status = model::KeyStatus::Inactive;
    Secret secret_access_key;
    std::string session_digest;      // hex SHA-256 of the session token that belongs to the key; empty: none
    std::optional<Instant> expires;  // of a session
    PrincipalPointer principal;
    // Keys of the store, and prefixes (they end with '/'): when one of them changes, this is out of date.
    std::vector<std::string> sources;
};
using KeyHolderPointer = std::shared_ptr<const KeyHolder>;

// How many of each are kept.
struct PrincipalLimits {
    std::size_t holders = 100'000;  // a few KiB each; more than that is compiled again
    std::size_t unknown = 20'000;   // access keys that do not exist
    std::size_t changed = 200'000;  // keys and prefixes of the store
    std::size_t compiled = 20'000;  // managed policies
};

class Principals {
public:
    Principals(store::Store& store, const crypto::SealingKey& sealing, const PrincipalLimits& limits = {});

    // Nothing when there is no such key, or the session token is not its own (a long-term key has none). An
    // error when the store or a record cannot be read: refuse then. Expiry and status are the caller's to
    // look at.
    Result<KeyHolderPointer> find(const std::string& access_key_id, const std::string& session_token);

    // The user, group, role or root user that an ARN of IAM names, for what asks about somebody else; nothing
    // when there is none.
    Result<PrincipalPointer> named(const std::string& arn);

    // Access keys that are remembered not to exist.
    std::size_t unknown_keys() const;

private:
    // A holder, and the change up to which it is known to be right.
    struct CacheEntry {
        KeyHolderPointer holder;
        store::Revision checked = 0;
    };
    // What a load found, and the change after which it began.
    struct Loaded {
        KeyHolderPointer holder;
        store::Revision begun = 0;
    };
    // Nothing in it: the access key does not exist.
    using Remembered = std::optional<KeyHolderPointer>;

    Result<void> catch_up() REQUIRES(mutex_);
    Remembered remembered(const std::string& place, const std::string& access_key_id) REQUIRES(mutex_);
    Result<Loaded> load(const std::string& place, const std::string& access_key_id,
                        const std::string& session_token);
    void keep(const std::string& place, bool has_session, const Loaded& loaded);
    Result<KeyHolderPointer> load_key(const std::string& access_key_id);
    Result<KeyHolderPointer> load_session(const std::string& access_key_id, const std::string& session_token);
    void forget() REQUIRES(mutex_);
    void note_change(const store::Event& event) REQUIRES(mutex_);

    store::Store& store_;
    const crypto::SealingKey& sealing_;
    PolicyCache compiled_;
    SingleFlight<Result<Loaded>> loads_;  // by place
    mutable Mutex mutex_;                 // not held while a holder is loaded
    std::unique_ptr<store::Watch> watch_ GUARDED_BY(mutex_);
    store::Revision seen_ GUARDED_BY(mutex_) = 0;
    // By place: access key id and session digest.
    Recent<std::unordered_map<std::string, CacheEntry>> holders_ GUARDED_BY(mutex_);
    // By place, without a session: the change up to which there is no such key.
    Recent<std::unordered_map<std::string, store::Revision>> unknown_ GUARDED_BY(mutex_);
    Changes<std::string, store::Revision> changed_ GUARDED_BY(mutex_);  // keys and prefixes
    store::Revision last_change_ GUARDED_BY(mutex_) = 0;
};

}  // namespace countersign::access
