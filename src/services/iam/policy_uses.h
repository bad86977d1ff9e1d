// How often each managed policy is used: counted once, and again when a user, group or role has changed.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/mutex.h"
#include "base/result.h"
#include "store/store.h"

namespace countersign::iam {

// How many users, groups and roles a managed policy is attached to, and of how many it is the boundary.
struct PolicyUse {
    std::int64_t attachments = 0;
    std::int64_t boundaries = 0;
};
// By ARN; one that nobody has is not in it.
using PolicyUseByArn = std::map<std::string, PolicyUse>;

PolicyUse use_of(const PolicyUseByArn& uses, const std::string& arn);

// What the store says now, counted anew.
Result<PolicyUseByArn> count_policy_uses(store::Store& store, const std::string& account);

// Safe to call from any thread. The store must outlive it.
class PolicyUses {
public:
    explicit PolicyUses(store::Store& store) : store_(store) {}

    // What the store says now.
    Result<std::shared_ptr<const PolicyUseByArn>> of(const std::string& account);

private:
    Result<void> forget_changed() REQUIRES(mutex_);

    store::Store& store_;
    Mutex mutex_;
    std::unique_ptr<store::Watch> watch_ GUARDED_BY(mutex_);
    std::map<std::string, std::shared_ptr<const PolicyUseByArn>> known_ GUARDED_BY(mutex_);
};

}  // namespace countersign::iam
