// Principals by access key: users with all their policies compiled, kept until the store says that they
// changed. A change that the store acknowledged is seen by the very next call. Safe to call from any thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "access/caller.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/seal.h"
#include "store/store.h"

namespace countersign::access {

// An access key with the principal it stands for.
struct KeyHolder {
    model::KeyStatus status = model::KeyStatus::Inactive;
    Secret secret_access_key;
    std::shared_ptr<const Principal> principal;
};

class Principals {
public:
    Principals(store::Store& store, const crypto::SealingKey& sealing, std::string account);

    // Nothing when there is no such key. An error when the store or a record cannot be read: refuse then.
    Result<std::shared_ptr<const KeyHolder>> find(const std::string& access_key_id);

private:
    Result<void> catch_up();
    Result<std::shared_ptr<const KeyHolder>> load(const std::string& access_key_id);
    Result<std::shared_ptr<const Principal>> load_user(const std::string& name);
    Result<policy::Policy> load_managed(const std::string& arn);

    store::Store& store_;
    const crypto::SealingKey& sealing_;
    const std::string account_;
    std::mutex mutex_;  // guards what follows
    std::unique_ptr<store::Watch> watch_;
    store::Revision seen_ = 0;
    std::map<std::string, std::shared_ptr<const KeyHolder>> holders_;
};

}  // namespace countersign::access
