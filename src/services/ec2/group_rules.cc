#include <algorithm>

#include "gateway/tags.h"
#include "services/ec2/describe.h"
#include "services/ec2/errors.h"
#include "services/ec2/operations.h"
#include "services/ec2/resources.h"
#include "services/ec2/rules.h"
#include "services/ec2/tag_rules.h"

namespace countersign::ec2 {

namespace {

constexpr std::int64_t rules_max = 60;  // EC2's quota for each direction of a group

using Rules = std::vector<model::SecurityGroupRule>;
using Group = store::Stored<model::SecurityGroup>;

// A request gives its permissions as a list, or one of them by members of its own.
template <class Input>
std::vector<api::IpPermission> permissions_in(const Input& input) {
    std::vector<api::IpPermission> permissions =
        input.IpPermissions.value_or(std::vector<api::IpPermission>());
    if (!input.IpProtocol && !input.CidrIp && !input.SourceSecurityGroupName) return permissions;
    api::IpPermission& own = permissions.emplace_back();
    own.IpProtocol = input.IpProtocol.value_or("-1");
    own.FromPort = input.FromPort;
    own.ToPort = input.ToPort;
    if (input.CidrIp) own.IpRanges.emplace().emplace_back().CidrIp = input.CidrIp;
    if (input.SourceSecurityGroupName)
        own.UserIdGroupPairs.emplace().emplace_back().GroupName = input.SourceSecurityGroupName;
    return permissions;
}

// What a rule refers to is there: a group of the same VPC, a prefix list.
Result<void> resolve(const Deps& deps, const Call& call, const model::SecurityGroup& owner,
                     model::SecurityGroupRule& rule) {
    if (!rule.prefix_list.empty()) TRY(get_prefix_list(deps, call, rule.prefix_list));
    if (rule.group.empty() || rule.group == owner.id) return {};
    const bool by_name = rule.group.front() == by_name_mark;
    const auto group = by_name ? get_group(deps, call, std::nullopt, rule.group.substr(1))
                               : get_group(deps, call, rule.group);
    if (!group) return group.error();
    if (group->record.vpc != owner.vpc)
        return Error{Fault::invalid, "You have specified two resources that belong to different networks.",
                     "InvalidGroup.NotFound"};
    rule.group = group->record.id;
    return {};
}

Result<Rules> resolved(const Deps& deps, const Call& call, const model::SecurityGroup& owner, Rules rules) {
    for (model::SecurityGroupRule& rule : rules) TRY(resolve(deps, call, owner, rule));
    return rules;
}

Result<void> check_new(const Rules& known, const model::SecurityGroupRule& rule) {
    if (std::ranges::none_of(known, [&](const auto& one) { return same_rule(one, rule); })) return {};
    return Error{Fault::exists, fmt::format("the specified rule \"{}\" already exists", text_of(rule)),
                 "InvalidPermission.Duplicate"};
}

// A prefix list counts as many rules as it may have entries.
Result<void> check_number(const Deps& deps, const Call& call, const Rules& rules, bool egress) {
    std::int64_t number = 0;
    for (const model::SecurityGroupRule& rule : rules) {
        if (rule.egress != egress) continue;
        const auto list = TRY(network::find_prefix_list(deps.store, place_of(call), rule.prefix_list));
        number += list ? list->record.entries_max : 1;
    }
    if (number <= rules_max) return {};
    return Error{Fault::conflict, "The maximum number of rules per security group has been reached.",
                 "RulesPerSecurityGroupLimitExceeded"};
}

// The groups that the rules refer to are written again as they are, so that their ends lose a race.
Result<void> write_group(const Deps& deps, const Call& call, const Group& group, const Rules& added) {
    store::Transaction transaction{{group.unchanged()}, {store::put(group.key, group.record)}};
    for (const model::SecurityGroupRule& rule : added) {
        if (rule.group.empty() || rule.group == group.record.id) continue;
        const auto referenced = TRY(get_group(deps, call, rule.group));
        const auto same = [&](const store::Write& write) { return write.key == referenced.key; };
        if (std::ranges::any_of(transaction.writes, same)) continue;
        transaction.guards.push_back(referenced.unchanged());
        transaction.writes.push_back(store::put(referenced.key, referenced.record));
    }
    TRY(deps.store.commit(transaction));
    note_change(deps);
    return {};
}

// The rules that were added to the group.
struct Added {
    model::SecurityGroup group;
    Rules rules;
};

// As new rules of the group, if it may have them.
Result<void> add_rules(const Deps& deps, model::SecurityGroup& group, Rules& rules,
                       const std::vector<model::Tag>& tags) {
    for (model::SecurityGroupRule& rule : rules) {
        TRY(check_new(group.rules, rule));
        rule.id = network::new_id("sgr", deps.random);
        rule.tags = tags;
        group.rules.push_back(rule);
    }
    return {};
}

template <class Input>
Result<Added> authorize_rules(const Deps& deps, const Call& call, const Input& input, bool egress) {
    std::optional<std::string> name;
    if constexpr (requires { input.GroupName; }) name = input.GroupName;
    const Rules asked = TRY(rules_of(permissions_in(input), egress));
    if (asked.empty()) return missing("ipPermissions");
    const std::vector<model::Tag> tags = TRY(first_tags(input.TagSpecifications, rule_kind));
    return store::retry_races([&]() -> Result<Added> {
        Group group = TRY(get_group(deps, call, input.GroupId, name));
        Added added{{}, TRY(resolved(deps, call, group.record, asked))};
        TRY(add_rules(deps, group.record, added.rules, tags));
        TRY(check_number(deps, call, group.record.rules, egress));
        TRY(write_group(deps, call, group, added.rules));
        added.group = std::move(group.record);
        return added;
    });
}

template <class Answer>
Answer shown_rules(const Call& call, const Added& added) {
    Answer answer;
    answer.Return = true;
    for (const model::SecurityGroupRule& rule : added.rules)
        answer.SecurityGroupRules.push_back(to_api(call, added.group, rule));
    return answer;
}

Error no_such_rule() {
    return Error{Fault::not_found, "The specified rule does not exist in this security group.",
                 "InvalidPermission.NotFound"};
}

// Takes it out of the group; nothing where it is not there.
template <class Matches>
std::optional<model::SecurityGroupRule> take(Rules& rules, const Matches& matches) {
    const auto found = std::ranges::find_if(rules, matches);
    if (found == rules.end()) return std::nullopt;
    model::SecurityGroupRule rule = std::move(*found);
    rules.erase(found);
    return rule;
}

Result<Rules> take_by_id(Rules& rules, const std::vector<std::string>& ids, bool egress) {
    Rules taken;
    for (const std::string& id : ids) {
        auto rule = take(rules, [&](const auto& one) { return one.id == id && one.egress == egress; });
        if (!rule) return rule_not_found(id);
        taken.push_back(*std::move(rule));
    }
    return taken;
}

Result<Rules> take_same(Rules& rules, const Rules& wanted) {
    Rules taken;
    for (const model::SecurityGroupRule& one : wanted) {
        auto rule = take(rules, [&](const auto& known) { return same_rule(known, one); });
        if (!rule) return no_such_rule();
        taken.push_back(*std::move(rule));
    }
    return taken;
}

template <class Input>
Result<Added> revoke_rules(const Deps& deps, const Call& call, const Input& input, bool egress) {
    std::optional<std::string> name;
    if constexpr (requires { input.GroupName; }) name = input.GroupName;
    const Rules asked = TRY(rules_of(permissions_in(input), egress));
    if (asked.empty() && !input.SecurityGroupRuleIds) return missing("ipPermissions");
    return store::retry_races([&]() -> Result<Added> {
        Group group = TRY(get_group(deps, call, input.GroupId, name));
        Rules& rules = group.record.rules;
        Added revoked;
        if (input.SecurityGroupRuleIds)
            revoked.rules = TRY(take_by_id(rules, *input.SecurityGroupRuleIds, egress));
        const Rules wanted = TRY(resolved(deps, call, group.record, asked));
        for (model::SecurityGroupRule& rule : TRY(take_same(rules, wanted)))
            revoked.rules.push_back(std::move(rule));
        TRY(write_group(deps, call, group, {}));
        revoked.group = std::move(group.record);
        return revoked;
    });
}

template <class Answer>
Answer shown_revoked(const Added& revoked) {
    Answer answer;
    answer.Return = true;
    for (const model::SecurityGroupRule& rule : revoked.rules)
        answer.RevokedSecurityGroupRules.push_back(revoked_to_api(revoked.group, rule));
    return answer;
}

// One rule of the group becomes another, and keeps its id, its direction and its tags.
Result<model::SecurityGroupRule> changed_rule(const Deps& deps, const Call& call, model::SecurityGroup& group,
                                              const api::SecurityGroupRuleUpdate& update) {
    const std::string id = update.SecurityGroupRuleId.value_or("");
    const auto found = std::ranges::find(group.rules, id, &model::SecurityGroupRule::id);
    if (found == group.rules.end()) return rule_not_found(id);
    if (!update.SecurityGroupRule) return missing("SecurityGroupRule");
    model::SecurityGroupRule fresh = TRY(rule_of(*update.SecurityGroupRule, found->egress));
    TRY(resolve(deps, call, group, fresh));
    fresh.id = found->id;
    fresh.tags = found->tags;
    Rules others = group.rules;
    std::erase_if(others, [&](const auto& one) { return one.id == fresh.id; });
    TRY(check_new(others, fresh));
    *found = fresh;
    return fresh;
}

template <class Matches>
Result<void> describe_rule(model::SecurityGroup& group, const Matches& matches,
                           const std::string& description) {
    const auto rule = std::ranges::find_if(group.rules, matches);
    if (rule == group.rules.end()) return no_such_rule();
    rule->description = description;
    return {};
}

Result<void> describe_by_id(model::SecurityGroup& group, const api::SecurityGroupRuleDescription& asked,
                            bool egress) {
    const std::string description = asked.Description.value_or("");
    TRY(check_description("rule", description));
    const auto matches = [&](const auto& rule) {
        return rule.id == asked.SecurityGroupRuleId && rule.egress == egress;
    };
    return describe_rule(group, matches, description);
}

template <class Input>
Result<void> describe_rules(const Input& input, model::SecurityGroup& group, const Rules& asked,
                            bool egress) {
    for (const model::SecurityGroupRule& one : asked) {
        const auto matches = [&](const auto& rule) { return same_rule(rule, one); };
        TRY(describe_rule(group, matches, one.description));
    }
    if (!input.SecurityGroupRuleDescriptions) return {};
    for (const auto& one : *input.SecurityGroupRuleDescriptions) TRY(describe_by_id(group, one, egress));
    return {};
}

template <class Answer, class Input>
Result<Answer> describe_anew(const Deps& deps, const Call& call, const Input& input, bool egress) {
    const Rules asked = TRY(rules_of(input.IpPermissions.value_or(std::vector<api::IpPermission>()), egress));
    if (asked.empty() && !input.SecurityGroupRuleDescriptions) return missing("ipPermissions");
    return store::retry_races([&]() -> Result<Answer> {
        Group group = TRY(get_group(deps, call, input.GroupId, input.GroupName));
        const Rules wanted = TRY(resolved(deps, call, group.record, asked));
        TRY(describe_rules(input, group.record, wanted, egress));
        TRY(write_group(deps, call, group, {}));
        Answer answer;
        answer.Return = true;
        return answer;
    });
}

}  // namespace

Result<api::AuthorizeSecurityGroupIngressResult> authorize_ingress(
    const Deps& deps, const Call& call, const api::AuthorizeSecurityGroupIngressRequest& input) {
    const Added added = TRY(authorize_rules(deps, call, input, false));
    return shown_rules<api::AuthorizeSecurityGroupIngressResult>(call, added);
}

Result<api::AuthorizeSecurityGroupEgressResult> authorize_egress(
    const Deps& deps, const Call& call, const api::AuthorizeSecurityGroupEgressRequest& input) {
    const Added added = TRY(authorize_rules(deps, call, input, true));
    return shown_rules<api::AuthorizeSecurityGroupEgressResult>(call, added);
}

Result<api::RevokeSecurityGroupIngressResult> revoke_ingress(
    const Deps& deps, const Call& call, const api::RevokeSecurityGroupIngressRequest& input) {
    const Added revoked = TRY(revoke_rules(deps, call, input, false));
    return shown_revoked<api::RevokeSecurityGroupIngressResult>(revoked);
}

Result<api::RevokeSecurityGroupEgressResult> revoke_egress(
    const Deps& deps, const Call& call, const api::RevokeSecurityGroupEgressRequest& input) {
    const Added revoked = TRY(revoke_rules(deps, call, input, true));
    return shown_revoked<api::RevokeSecurityGroupEgressResult>(revoked);
}

Result<api::ModifySecurityGroupRulesResult> modify_security_group_rules(
    const Deps& deps, const Call& call, const api::ModifySecurityGroupRulesRequest& input) {
    return store::retry_races([&]() -> Result<api::ModifySecurityGroupRulesResult> {
        Group group = TRY(get_group(deps, call, *input.GroupId));
        Rules changed;
        for (const api::SecurityGroupRuleUpdate& update : *input.SecurityGroupRules)
            changed.push_back(TRY(changed_rule(deps, call, group.record, update)));
        TRY(write_group(deps, call, group, changed));
        api::ModifySecurityGroupRulesResult answer;
        answer.Return = true;
        return answer;
    });
}

Result<api::UpdateSecurityGroupRuleDescriptionsIngressResult> describe_ingress_anew(
    const Deps& deps, const Call& call, const api::UpdateSecurityGroupRuleDescriptionsIngressRequest& input) {
    return describe_anew<api::UpdateSecurityGroupRuleDescriptionsIngressResult>(deps, call, input, false);
}

Result<api::UpdateSecurityGroupRuleDescriptionsEgressResult> describe_egress_anew(
    const Deps& deps, const Call& call, const api::UpdateSecurityGroupRuleDescriptionsEgressRequest& input) {
    return describe_anew<api::UpdateSecurityGroupRuleDescriptionsEgressResult>(deps, call, input, true);
}

}  // namespace countersign::ec2
