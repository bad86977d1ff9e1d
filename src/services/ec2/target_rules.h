// What the operations are authorised on. Source: Service Authorization Reference, "Actions, resources, and
// condition keys for Amazon EC2".
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "generated/ec2.h"
#include "services/ec2/resources.h"
#include "services/ec2/rows.h"

namespace countersign::ec2 {

using TargetList = Result<std::vector<Target>>;

TargetList one(Result<Target> target);

template <class Input>
TargetList on_vpc(const Deps& deps, const gateway::Call& call, const Input& input) {
    return one(vpc_target(deps, call, *input.VpcId));
}

template <class Input>
TargetList on_subnet(const Deps& deps, const gateway::Call& call, const Input& input) {
    return one(subnet_target(deps, call, *input.SubnetId));
}

template <class Input>
TargetList on_prefix_list(const Deps& deps, const gateway::Call& call, const Input& input) {
    return one(prefix_list_target(deps, call, *input.PrefixListId));
}

template <class Input>
TargetList on_group_id(const Deps& deps, const gateway::Call& call, const Input& input) {
    return one(group_target(deps, call, *input.GroupId));
}

// One that may go by its name: all groups where there is none of it, so that nobody learns which there are.
TargetList on_group_named(const Deps& deps, const gateway::Call& call, const std::optional<std::string>& id,
                          const std::optional<std::string>& name);

template <class Input>
TargetList on_group(const Deps& deps, const gateway::Call& call, const Input& input) {
    return on_group_named(deps, call, input.GroupId, input.GroupName);
}

// Rules that are added to a group, and tagged.
template <class Input>
TargetList on_rules_of_group(const Deps& deps, const gateway::Call& call, const Input& input) {
    std::optional<std::string> name;
    if constexpr (requires { input.GroupName; }) name = input.GroupName;
    std::vector<Target> targets = TRY(on_group_named(deps, call, input.GroupId, name));
    if (!input.TagSpecifications) return targets;
    const std::string_view action = requires {
        input.GroupName;
    }
    ? "AuthorizeSecurityGroupIngress" : "AuthorizeSecurityGroupEgress";
    for (Target& target : new_targets(call, rule_kind, action, input.TagSpecifications))
        targets.push_back(std::move(target));
    return targets;
}

TargetList on_changed_rules(const Deps& deps, const gateway::Call& call,
                            const api::ModifySecurityGroupRulesRequest& input);
TargetList on_new_group(const Deps& deps, const gateway::Call& call,
                        const api::CreateSecurityGroupRequest& input);
TargetList on_new_subnet(const Deps& deps, const gateway::Call& call, const api::CreateSubnetRequest& input);
TargetList on_tagged_resources(const Deps& deps, const gateway::Call& call,
                               const api::CreateTagsRequest& input);
TargetList on_untagged_resources(const Deps& deps, const gateway::Call& call,
                                 const api::DeleteTagsRequest& input);

// Something new of a kind.
template <class Input>
Targets<Input> on_new(std::string_view kind) {
    return [kind](const Deps&, const gateway::Call& call, const Input&) -> TargetList {
        return new_targets(call, kind, {}, {});
    };
}
template <class Op>
Targets<typename Op::Input> on_new_tagged(std::string_view kind) {
    return [kind](const Deps&, const gateway::Call& call, const typename Op::Input& input) -> TargetList {
        return new_targets(call, kind, Op::name, input.TagSpecifications);
    };
}

}  // namespace countersign::ec2
