// How the nouns' files write the rows of their operations: what each is authorised on, and what does it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "gateway/rows.h"
#include "generated/iam.h"
#include "model/arn.h"
#include "services/iam/entities.h"
#include "services/iam/service.h"

namespace countersign::iam {

using gateway::on_all_resources;
using gateway::row;
using gateway::Rows;

template <class Op>
using Function = gateway::Function<Op, Deps>;

// An operation on the user that UserName names, or on the caller itself.
template <class Op>
gateway::Operation on_user(const Deps& deps, Function<Op> function,
                           gateway::Supported supported = std::nullopt) {
    auto resources = [&store = deps.store](const gateway::Call& call, const typename Op::Input& input) {
        return user_resource(store, call, input.UserName);
    };
    return row<Op>(deps, resources, function, std::move(supported));
}

// An operation on the group that GroupName names.
template <class Op>
gateway::Operation on_group(const Deps& deps, Function<Op> function) {
    auto resources = [&store = deps.store](const gateway::Call& call, const typename Op::Input& input) {
        return group_resource(store, call, *input.GroupName);
    };
    return row<Op>(deps, resources, function);
}

// An operation on the role that RoleName names.
template <class Op>
gateway::Operation on_role(const Deps& deps, Function<Op> function) {
    auto resources = [&store = deps.store](const gateway::Call& call, const typename Op::Input& input) {
        return role_resource(store, call, *input.RoleName);
    };
    return row<Op>(deps, resources, function);
}

// An operation on the policy that PolicyArn names.
template <class Op>
gateway::Operation on_policy(const Deps& deps, Function<Op> function) {
    auto resources = [](const gateway::Call&, const typename Op::Input& input) {
        return std::vector<std::string>{*input.PolicyArn};
    };
    return row<Op>(deps, resources, function);
}

// An operation on something new, or on all of a kind: KIND PATH NAME below the account.
inline std::vector<std::string> below_account(const gateway::Call& call, const std::string& kind,
                                              const std::string& path, const std::string& name) {
    return {model::iam_arn(call.account(), kind + path + name)};
}

// What a renamed or moved entity needs a right on: what it was, and what it becomes.
struct Move {
    std::string kind;
    std::optional<std::string> path;  // none: the one it has
    std::string name;
};
inline std::vector<std::string> and_moved(const gateway::Call& call, std::vector<std::string> was,
                                          const Move& move) {
    const std::string& old = was.front();
    was.push_back(move.path ? below_account(call, move.kind, *move.path, move.name).front()
                            : old.substr(0, old.rfind('/') + 1) + move.name);
    return was;
}

}  // namespace countersign::iam
