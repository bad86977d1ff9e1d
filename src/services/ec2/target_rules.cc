#include "services/ec2/target_rules.h"

#include "gateway/tags.h"
#include "services/ec2/tagged_records.h"

namespace countersign::ec2 {

using gateway::Call;

namespace {

// Whatever the ids name, with the tags that a request gives or takes.
TargetList on_ids(const Deps& deps, const Call& call, const std::vector<std::string>& ids,
                  const std::vector<model::Tag>& tags) {
    std::vector<Target> targets;
    for (const std::string& id : ids) {
        Target target = TRY(target_of_id(deps, call, id));
        gateway::put_request_tags(tags, target.facts);
        targets.push_back(std::move(target));
    }
    return targets;
}

}  // namespace

TargetList one(Result<Target> target) {
    if (!target) return std::move(target).error();
    std::vector<Target> targets;
    targets.push_back(*std::move(target));
    return targets;
}

TargetList on_group_named(const Deps& deps, const Call& call, const std::optional<std::string>& id,
                          const std::optional<std::string>& name) {
    if (id) return one(group_target(deps, call, *id));
    const auto group = get_group(deps, call, std::nullopt, name);
    return one(group_target(deps, call, group ? std::string_view(group->record.id) : "*"));
}

TargetList on_changed_rules(const Deps& deps, const Call& call,
                            const api::ModifySecurityGroupRulesRequest& input) {
    std::vector<Target> targets = TRY(one(group_target(deps, call, *input.GroupId)));
    for (const api::SecurityGroupRuleUpdate& update : *input.SecurityGroupRules)
        if (update.SecurityGroupRuleId)
            targets.push_back(TRY(target_of_id(deps, call, *update.SecurityGroupRuleId)));
    return targets;
}

TargetList on_new_group(const Deps& deps, const Call& call, const api::CreateSecurityGroupRequest& input) {
    std::vector<Target> targets =
        new_targets(call, group_kind, "CreateSecurityGroup", input.TagSpecifications);
    const auto standard = TRY(network::find_default_vpc(deps.store, place_of(call)));
    const std::string id = input.VpcId.value_or(standard ? standard->record.id : "");
    if (id.empty()) return targets;  // there is none, which the operation says
    targets.front().facts["ec2:vpc"] = {arn_of(call, vpc_kind, id)};
    Target vpc = TRY(vpc_target(deps, call, id));
    targets.push_back(std::move(vpc));
    return targets;
}

TargetList on_new_subnet(const Deps& deps, const Call& call, const api::CreateSubnetRequest& input) {
    std::vector<Target> targets = new_targets(call, subnet_kind, "CreateSubnet", input.TagSpecifications);
    targets.front().facts["ec2:vpc"] = {arn_of(call, vpc_kind, *input.VpcId)};
    Target vpc = TRY(vpc_target(deps, call, *input.VpcId));
    targets.push_back(std::move(vpc));
    return targets;
}

TargetList on_tagged_resources(const Deps& deps, const Call& call, const api::CreateTagsRequest& input) {
    return on_ids(deps, call, *input.Resources, gateway::tags_from_api(*input.Tags));
}

TargetList on_untagged_resources(const Deps& deps, const Call& call, const api::DeleteTagsRequest& input) {
    return on_ids(deps, call, *input.Resources,
                  gateway::tags_from_api(input.Tags.value_or(std::vector<api::Tag>())));
}

}  // namespace countersign::ec2
