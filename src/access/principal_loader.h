// Principals as the store's records describe them: a user with its groups, a role, a session of one, with all
// policies compiled. Made for one load; one thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "access/caller.h"
#include "access/policy_cache.h"
#include "base/result.h"
#include "store/records.h"
#include "store/store.h"

namespace countersign::access {

using PrincipalPointer = std::shared_ptr<const Principal>;

class PrincipalLoader {
public:
    PrincipalLoader(store::Store& store, PolicyCache& compiled)
        : store_(store), compiled_(compiled), asked_(compiled.version()) {}

    // Each is nothing when there is no such principal, and an error when a record or a policy of it cannot be
    // read: refuse then.
    Result<PrincipalPointer> root(const std::string& account);
    Result<PrincipalPointer> user(const std::string& account, const std::string& name);
    Result<PrincipalPointer> group(const std::string& account, const std::string& name);
    Result<PrincipalPointer> role(const std::string& account, const std::string& name);
    Result<PrincipalPointer> session(const Session& session);

    // What the principals loaded so far were made of, each once: keys of the store, and the
    // prefixes (they end with '/') under which every key counts.
    std::vector<std::string> sources() const;
    // Adds to them.
    void note(std::string source);

private:
    struct Permissions;
    template <class Record>
    Result<std::optional<store::Stored<Record>>> load(const std::string& key);

    Result<void> add_policies(const Permissions& permissions, std::vector<policy::Policy>& policies);
    Result<void> add_boundary(const Principal& principal, const std::string& arn,
                              policy::PolicySet& policies);
    Result<GuardrailLevel> load_guardrails(const std::string& account);
    Result<void> add_guardrails(const std::string& account, policy::PolicySet& policies);
    Result<policy::Policy> managed(const std::string& account, const std::string& arn);
    Result<std::optional<ManagedPolicy>> find_managed(const std::string& account, const std::string& arn);
    Result<std::vector<policy::Policy>> session_policies(const Session& session);
    Result<Principal> base_of(const Session& session);

    store::Store& store_;
    PolicyCache& compiled_;
    const PolicyCache::Version asked_;
    std::vector<std::string> sources_;
};

}  // namespace countersign::access
