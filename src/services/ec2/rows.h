// How the rows of EC2's operations are written: what each is authorised on, with the condition keys of what
// is there, and that DryRun ends there.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/rows.h"
#include "network/region.h"
#include "policy/policy.h"
#include "services/ec2/service.h"

namespace countersign::ec2 {

// What a call needs a right on.
struct Target {
    std::string arn;
    policy::Context facts = {};  // condition keys about it
    std::string action = {};     // empty: the operation's own
};

template <class Input>
using Targets = std::function<Result<std::vector<Target>>(const Deps&, const gateway::Call&, const Input&)>;

Result<void> authorize_targets(const gateway::Call& call, std::string_view action,
                               const std::vector<Target>& targets);
Error dry_run();

inline network::Place place_of(const gateway::Call& call) {
    return {call.account(), call.region};
}

template <class Op>
gateway::Operation row(const Deps& deps, Targets<typename Op::Input> targets,
                       gateway::Function<Op, Deps> function, gateway::Supported supported = std::nullopt) {
    using Output = typename Op::Output;
    auto handler = [deps, targets = std::move(targets), function](
                       const gateway::Call& call, const typename Op::Input& input) -> Result<Output> {
        const std::vector<Target> wanted = TRY(targets(deps, call, input));
        TRY(authorize_targets(call, Op::name, wanted));
        if constexpr (requires { input.DryRun; })
            if (input.DryRun.value_or(false)) return dry_run();
        TRY(network::ensure(deps.store, deps.random, place_of(call), call.now));
        return function(deps, call, input);
    };
    return gateway::operation_for_everyone<Op>(std::move(handler), std::move(supported));
}

// An operation that AWS authorises on all resources alone.
template <class Op>
gateway::Operation on_everything(const Deps& deps, gateway::Function<Op, Deps> function,
                                 gateway::Supported supported = std::nullopt) {
    auto all = [](const Deps&, const gateway::Call&,
                  const typename Op::Input&) -> Result<std::vector<Target>> {
        std::vector<Target> targets;
        targets.push_back({"*"});
        return targets;
    };
    return row<Op>(deps, all, function, std::move(supported));
}

}  // namespace countersign::ec2
