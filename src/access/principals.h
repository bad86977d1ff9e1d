// Principals by access key, with all their policies compiled, each kept until the store says that something
// changed of which it was made. A change that the store acknowledged is seen by the very next call. Safe to
// call from any thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "access/principal_loader.h"
#include "base/result.h"
#include "base/secret.h"
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

class Principals {
public:
    Principals(store::Store& store, const crypto::SealingKey& sealing);

    // Nothing when there is no such key, or the session token is not its own (a long-term key has none). An
    // error when the store or a record cannot be read: refuse then. Expiry and status are the caller's to
    // look at.
    Result<KeyHolderPointer> find(const std::string& access_key_id, const std::string& session_token);

    // The user, group, role or root user that an ARN of IAM names, for what asks about somebody else; nothing
    // when there is none.
    Result<PrincipalPointer> named(const std::string& arn);

private:
    // A holder, and the change up to which it is known to be right.
    struct Kept {
        KeyHolderPointer holder;
        store::Revision checked = 0;
    };

    Result<void> catch_up();
    Result<KeyHolderPointer> load_key(const std::string& access_key_id);
    Result<KeyHolderPointer> load_session(const std::string& access_key_id, const std::string& session_token);
    void forget();
    void note_change(const store::Event& event);
    bool is_up_to_date(Kept& kept) const;

    store::Store& store_;
    const crypto::SealingKey& sealing_;
    std::mutex mutex_;  // guards what follows
    PrincipalLoader loader_;
    std::unique_ptr<store::Watch> watch_;
    store::Revision seen_ = 0;
    std::unordered_map<std::string, Kept> holders_;             // by access key id and session digest
    std::unordered_map<std::string, store::Revision> changed_;  // of keys and prefixes, the newest change
    store::Revision last_change_ = 0;
};

}  // namespace countersign::access
