// How the rows of CloudFormation's operations are written: each is authorised on the stack that it names,
// with the condition keys of what is asked and of the stack's tags. Source: Service Authorization Reference,
// "Actions, resources, and condition keys for AWS CloudFormation".
#pragma once

#include <string>
#include <utility>

#include "gateway/operation.h"
#include "gateway/rows.h"
#include "gateway/tags.h"
#include "generated/cloudformation.h"
#include "services/cloudformation/engine/records.h"
#include "services/cloudformation/service.h"

namespace countersign::cloudformation {

inline Place place_of(const gateway::Call& call) {
    return {call.account(), call.region};
}

// What a call is authorised on: the stack's id, or what a new one of that name would have.
struct Target {
    std::string arn;
    policy::Context facts = {};
};
Result<Target> target_of(const Deps& deps, const gateway::Call& call, const std::string& name_or_id);
Result<void> authorize_target(const gateway::Call& call, std::string_view action, const Target& target);

std::string stack_arn(const Place& place, std::string_view name, std::string_view uuid);

template <class Input>
std::string stack_named(const Input& input) {
    if constexpr (requires { input.StackName; }) {
        if (input.StackName) return *input.StackName;
    }
    return {};
}

template <class Input>
void add_request_keys(const Input& input, policy::Context& facts) {
    if constexpr (requires { input.RoleARN; })
        if (input.RoleARN) facts["cloudformation:rolearn"] = {*input.RoleARN};
    if constexpr (requires { input.ChangeSetName; })
        if (input.ChangeSetName) facts["cloudformation:changesetname"] = {*input.ChangeSetName};
    if constexpr (requires { input.ResourceTypes; })
        if (input.ResourceTypes) facts["cloudformation:resourcetypes"] = *input.ResourceTypes;
    if constexpr (requires { input.Tags; })
        if (input.Tags) gateway::put_request_tags(gateway::tags_from_api(*input.Tags), facts);
}

template <class Op>
gateway::Operation on_stack(const Deps& deps, gateway::Function<Op, Deps> function,
                            gateway::Supported supported = std::nullopt) {
    using Output = typename Op::Output;
    auto handler = [deps, function](const gateway::Call& call,
                                    const typename Op::Input& input) -> Result<Output> {
        Target target = TRY(target_of(deps, call, stack_named(input)));
        add_request_keys(input, target.facts);
        TRY(authorize_target(call, Op::name, target));
        return function(deps, call, input);
    };
    return gateway::operation_for_everyone<Op>(std::move(handler), std::move(supported));
}

// An operation on a change set, whose function finds out of which stack it is, and authorises.
template <class Op>
gateway::Operation on_change_set(const Deps& deps, gateway::Function<Op, Deps> function,
                                 gateway::Supported supported = std::nullopt) {
    return gateway::operation_for_everyone<Op>(gateway::bound<Op>(deps, function), std::move(supported));
}

}  // namespace countersign::cloudformation
