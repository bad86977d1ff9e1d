#include "access/policy_cache.h"

#include "model/keys.h"

namespace countersign::access {

PolicyCache::Version PolicyCache::version() const {
    const MutexLock lock(mutex_);
    return now_;
}

std::optional<ManagedPolicy> PolicyCache::managed(const std::string& place) {
    const MutexLock lock(mutex_);
    const ManagedPolicy* found = managed_.find(place);
    return found == nullptr ? std::nullopt : std::optional(*found);
}

void PolicyCache::put_managed(const std::string& place, const ManagedPolicy& policy, Version asked) {
    const MutexLock lock(mutex_);
    if (asked == now_) managed_.put(place, policy);
}

std::optional<GuardrailLevel> PolicyCache::guardrails(const std::string& prefix) {
    const MutexLock lock(mutex_);
    const GuardrailLevel* found = guardrails_.find(prefix);
    return found == nullptr ? std::nullopt : std::optional<GuardrailLevel>(*found);
}

void PolicyCache::put_guardrails(const std::string& prefix, const GuardrailLevel& level, Version asked) {
    const MutexLock lock(mutex_);
    if (asked == now_) guardrails_.put(prefix, level);
}

void PolicyCache::forget() {
    const MutexLock lock(mutex_);
    ++now_;
    managed_.clear();
    guardrails_.clear();
}

void PolicyCache::forget(const std::string& key) {
    const MutexLock lock(mutex_);
    ++now_;
    managed_.erase(key);
    guardrails_.erase(model::keys::list_of(key));
}

}  // namespace countersign::access
