#include <algorithm>

#include "services/ec2/describe.h"
#include "services/ec2/errors.h"
#include "services/ec2/filters.h"
#include "services/ec2/operations.h"
#include "services/ec2/resources.h"
#include "services/ec2/rules.h"
#include "services/ec2/tag_rules.h"
#include "services/ec2/uses.h"

namespace countersign::ec2 {

namespace {

constexpr std::size_t groups_max = 2500;  // EC2's quota in a region

Result<void> check_name(const std::string& name) {
    if (name == network::default_group_name)
        return Error{Fault::invalid, "Cannot use reserved security group name: default",
                     "InvalidGroup.Reserved"};
    if (name.starts_with("sg-"))
        return Error{
            Fault::invalid,
            fmt::format("Invalid value '{}' for groupName. Group names may not be in the format sg-*", name),
            "InvalidParameterValue"};
    TRY(check_description("security group name", name));
    if (!name.empty()) return {};
    return missing("groupName");
}

Result<std::string> vpc_of_new_group(const Deps& deps, const Call& call,
                                     const std::optional<std::string>& given) {
    if (given) {
        const auto vpc = TRY(get_vpc(deps, call, *given));
        return vpc.record.id;
    }
    const auto vpc = TRY(network::find_default_vpc(deps.store, place_of(call)));
    if (vpc) return vpc->record.id;
    return Error{Fault::invalid, "No default VPC for this user", "VPCIdNotSpecified"};
}

Result<void> check_room(const Deps& deps, const Call& call, const model::SecurityGroup& group) {
    const auto known = TRY(network::all_groups(deps.store, place_of(call)));
    for (const auto& one : known)
        if (one.record.vpc == group.vpc && one.record.name == group.name)
            return Error{
                Fault::exists,
                fmt::format("The security group '{}' already exists for VPC '{}'", group.name, group.vpc),
                "InvalidGroup.Duplicate"};
    if (known.size() < groups_max) return {};
    return Error{Fault::conflict, "The maximum number of security groups has been reached.",
                 "SecurityGroupLimitExceeded"};
}

Error has_dependents(const std::string& id) {
    return Error{Fault::conflict, fmt::format("resource {} has a dependent object", id),
                 "DependencyViolation"};
}

Result<void> check_unused(const Deps& deps, const Call& call, const model::SecurityGroup& group) {
    if (group.name == network::default_group_name)
        return Error{Fault::invalid,
                     fmt::format("the specified group: \"{}\" name: \"{}\" cannot be deleted by a user",
                                 group.id, group.name),
                     "CannotDelete"};
    const auto groups = TRY(network::all_groups(deps.store, place_of(call)));
    for (const auto& other : groups)
        if (other.record.id != group.id &&
            std::ranges::count(other.record.rules, group.id, &model::SecurityGroupRule::group) > 0)
            return has_dependents(group.id);
    const bool used = TRY(is_group_used(deps.store, place_of(call), group.id));
    if (used) return has_dependents(group.id);
    return {};
}

void add_rule(const model::SecurityGroupRule& rule, Traits& traits) {
    const std::string prefix = rule.egress ? "egress.ip-permission." : "ip-permission.";
    const auto add = [&](std::string_view name, const std::string& value) {
        if (!value.empty()) traits[prefix + std::string(name)].push_back(value);
    };
    add("protocol", rule.protocol);
    if (rule.from_port) add("from-port", std::to_string(*rule.from_port));
    if (rule.to_port) add("to-port", std::to_string(*rule.to_port));
    add("cidr", rule.cidr4);
    add("ipv6-cidr", rule.cidr6);
    add("prefix-list-id", rule.prefix_list);
    add("group-id", rule.group);
}

Traits traits_of(const Call& call, const model::SecurityGroup& group) {
    Traits traits{{"description", {group.description}},
                  {"group-id", {group.id}},
                  {"group-name", {group.name}},
                  {"owner-id", {call.account()}},
                  {"vpc-id", {group.vpc}}};
    for (const model::SecurityGroupRule& rule : group.rules) add_rule(rule, traits);
    add_tags(traits, group.tags);
    return traits;
}

// Those that the request names: by id anywhere, by name in the default VPC.
Result<std::vector<model::SecurityGroup>> asked_for(const Deps& deps, const Call& call,
                                                    const api::DescribeSecurityGroupsRequest& input) {
    auto all = TRY(network::all_groups(deps.store, place_of(call)));
    auto groups = TRY(chosen(records_of(std::move(all)), input.GroupIds, group_not_found));
    if (!input.GroupNames) return groups;
    std::vector<model::SecurityGroup> named;
    for (const std::string& name : *input.GroupNames) {
        auto group = TRY(get_group(deps, call, std::nullopt, name));
        named.push_back(std::move(group.record));
    }
    return named;
}

// A rule with the group that it is of; both outlive it.
struct OwnedRule {
    std::string id;
    const model::SecurityGroup* group;
    const model::SecurityGroupRule* rule;
};

std::vector<OwnedRule> owned_rules(const std::vector<store::Stored<model::SecurityGroup>>& groups) {
    std::vector<OwnedRule> rules;
    for (const auto& group : groups)
        for (const model::SecurityGroupRule& rule : group.record.rules)
            rules.push_back({rule.id, &group.record, &rule});
    return rules;
}

}  // namespace

Result<api::CreateSecurityGroupResult> create_security_group(const Deps& deps, const Call& call,
                                                             const api::CreateSecurityGroupRequest& input) {
    TRY(check_name(*input.GroupName));
    TRY(check_description("security group", *input.Description));
    model::SecurityGroup group;
    group.id = network::new_id("sg", deps.random);
    group.name = *input.GroupName;
    group.description = *input.Description;
    group.tags = TRY(first_tags(input.TagSpecifications, group_kind));
    model::SecurityGroupRule& outward = group.rules.emplace_back();
    outward.id = network::new_id("sgr", deps.random);
    outward.egress = true;
    outward.protocol = "-1";
    outward.cidr4 = "0.0.0.0/0";
    return store::retry_races([&]() -> Result<api::CreateSecurityGroupResult> {
        group.vpc = TRY(vpc_of_new_group(deps, call, input.VpcId));
        const auto vpc = TRY(get_vpc(deps, call, group.vpc));
        TRY(check_room(deps, call, group));
        // The VPC is written again as it is, so that its end, and another group of this name, lose a race.
        TRY(deps.store.commit(
            {{vpc.unchanged()},
             {store::put(vpc.key, vpc.record), store::put(network::key_of(place_of(call), group), group)}}));
        api::CreateSecurityGroupResult answer;
        answer.GroupId = group.id;
        answer.SecurityGroupArn = arn_of(call, group_kind, group.id);
        answer.Tags = to_api(group.tags);
        return answer;
    });
}

Result<api::DeleteSecurityGroupResult> delete_security_group(const Deps& deps, const Call& call,
                                                             const api::DeleteSecurityGroupRequest& input) {
    return store::retry_races([&]() -> Result<api::DeleteSecurityGroupResult> {
        const auto group = TRY(get_group(deps, call, input.GroupId, input.GroupName));
        TRY(check_unused(deps, call, group.record));
        TRY(deps.store.commit({{group.unchanged()}, {store::erase(group.key)}}));
        api::DeleteSecurityGroupResult answer;
        answer.Return = true;
        answer.GroupId = group.record.id;
        return answer;
    });
}

Result<api::DescribeSecurityGroupsResult> describe_security_groups(
    const Deps& deps, const Call& call, const api::DescribeSecurityGroupsRequest& input) {
    const Filters filters = TRY(Filters::read(
        input.Filters, {"description", "egress.ip-permission.cidr", "egress.ip-permission.from-port",
                        "egress.ip-permission.group-id", "egress.ip-permission.ipv6-cidr",
                        "egress.ip-permission.prefix-list-id", "egress.ip-permission.protocol",
                        "egress.ip-permission.to-port", "group-id", "group-name", "ip-permission.cidr",
                        "ip-permission.from-port", "ip-permission.group-id", "ip-permission.ipv6-cidr",
                        "ip-permission.prefix-list-id", "ip-permission.protocol", "ip-permission.to-port",
                        "owner-id", "vpc-id"}));
    auto groups = TRY(asked_for(deps, call, input));
    const auto page = TRY(filtered_page(
        std::move(groups), [&](const model::SecurityGroup& group) { return traits_of(call, group); }, filters,
        input));
    api::DescribeSecurityGroupsResult answer;
    for (const model::SecurityGroup& group : page.items) answer.SecurityGroups.push_back(to_api(call, group));
    answer.NextToken = page.next;
    return answer;
}

Result<api::DescribeSecurityGroupRulesResult> describe_security_group_rules(
    const Deps& deps, const Call& call, const api::DescribeSecurityGroupRulesRequest& input) {
    const Filters filters = TRY(Filters::read(input.Filters, {"group-id", "security-group-rule-id"}));
    const auto all = TRY(network::all_groups(deps.store, place_of(call)));
    auto rules = TRY(chosen(owned_rules(all), input.SecurityGroupRuleIds, rule_not_found));
    const auto traits = [](const OwnedRule& one) {
        Traits found{{"group-id", {one.group->id}}, {"security-group-rule-id", {one.id}}};
        add_tags(found, one.rule->tags);
        return found;
    };
    const auto page = TRY(filtered_page(std::move(rules), traits, filters, input));
    api::DescribeSecurityGroupRulesResult answer;
    for (const OwnedRule& one : page.items)
        answer.SecurityGroupRules.push_back(to_api(call, *one.group, *one.rule));
    answer.NextToken = page.next;
    return answer;
}

}  // namespace countersign::ec2
