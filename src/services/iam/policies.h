// What the files on managed policies share.
#pragma once

#include <string>
#include <string_view>

#include "services/iam/change.h"
#include "services/iam/condition_keys.h"
#include "services/iam/entities.h"
#include "services/iam/operation_builders.h"

namespace countersign::iam {

// A document that a managed policy may have, or MalformedPolicyDocument or LimitExceeded.
Result<void> check_managed(const std::string& document);

// Adds a version with the next number; the first one becomes the default.
model::PolicyVersion& add_version(model::ManagedPolicy& policy, const std::string& document, Instant now);

// AWS's own policies belong to no caller: AccessDenied, whatever the caller's policies say.
Result<void> check_own(const gateway::Call& call, std::string_view operation, const std::string& arn);

// Changes a policy of the account, as change_record() does.
template <class Op, class Change>
Result<gateway::Nothing> change_policy(const Deps& deps, const gateway::Call& call,
                                       const typename Op::Input& input, Change change) {
    TRY(check_own(call, Op::name, *input.PolicyArn));
    return change_record<find_policy>(
        deps, call, *input.PolicyArn,
        [&](model::ManagedPolicy& policy, store::Transaction&) { return change(policy); });
}

// As on_policy(), with the policy's tags as condition keys.
template <class Op>
gateway::Operation on_tagged_policy(const Deps& deps, Function<Op> function) {
    return with_tags<Op>(on_policy<Op>(deps, function),
                         [&store = deps.store](const gateway::Call& call, const typename Op::Input& input) {
                             return find_policy(store, call.account(), *input.PolicyArn);
                         });
}

}  // namespace countersign::iam
