// Policies as they were compiled, each kept until its record changes. Safe to call from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "base/recent.h"
#include "policy/policy.h"

namespace countersign::access {

struct ManagedPolicy {
    policy::Policy policy;
    std::string id;  // ANPA…
};
using GuardrailLevel = std::optional<std::vector<policy::Policy>>;  // none: nothing is restricted

class PolicyCache {
public:
    // Counted up by every change.
    using Version = std::uint64_t;

    explicit PolicyCache(std::size_t items_max) : managed_(items_max), guardrails_(items_max) {}

    // The moment to pass on to what is put, taken before the store is read: what changed since is not kept.
    Version version() const;

    // By key of the store, or by ARN where it is AWS's.
    std::optional<ManagedPolicy> managed(const std::string& place);
    void put_managed(const std::string& place, const ManagedPolicy& policy, Version asked);
    // By prefix.
    std::optional<GuardrailLevel> guardrails(const std::string& prefix);
    void put_guardrails(const std::string& prefix, const GuardrailLevel& level, Version asked);

    void forget();
    // That key of the store has changed.
    void forget(const std::string& key);

private:
    mutable Mutex mutex_;
    Version now_ GUARDED_BY(mutex_) = 0;
    Recent<std::unordered_map<std::string, ManagedPolicy>> managed_ GUARDED_BY(mutex_);
    Recent<std::unordered_map<std::string, GuardrailLevel>> guardrails_ GUARDED_BY(mutex_);
};

}  // namespace countersign::access
