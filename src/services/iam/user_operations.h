// How operations on users write their rows, with the condition keys that the user brings: its tags.
#pragma once

#include "services/iam/condition_keys.h"
#include "services/iam/operation_builders.h"

namespace countersign::iam {

// As on_user(), with the tags of the user that is meant.
template <class Op>
gateway::Operation on_tagged_user(const Deps& deps, Function<Op> function) {
    return with_tags<Op>(on_user<Op>(deps, function),
                         [&store = deps.store](const gateway::Call& call, const typename Op::Input& input) {
                             const auto& caller = call.caller.principal().user_name;
                             return find_user(store, call.account(), input.UserName.value_or(caller));
                         });
}

}  // namespace countersign::iam
