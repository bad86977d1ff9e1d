#include "services/cloudformation/types/ec2_rules.h"

#include <fmt/format.h>

#include "services/cloudformation/types/parts.h"

namespace countersign::cloudformation {

namespace {

// One way that traffic takes, and what it is called.
struct Direction {
    std::string_view list;  // the property of a group
    std::string_view authorize;
    std::string_view revoke;
    std::string_view prefix_list;
    std::string_view peer;
};
constexpr Direction ingress_rules{"SecurityGroupIngress", "AuthorizeSecurityGroupIngress",
                                  "RevokeSecurityGroupIngress", "SourcePrefixListId",
                                  "SourceSecurityGroupId"};
constexpr Direction egress_rules{"SecurityGroupEgress", "AuthorizeSecurityGroupEgress",
                                 "RevokeSecurityGroupEgress", "DestinationPrefixListId",
                                 "DestinationSecurityGroupId"};

// A rule as EC2's calls take it.
json::object permission(const Direction& direction, const json::object& rule) {
    json::object made{{"IpProtocol", text_in(rule, "IpProtocol")}};
    copy(rule, {"FromPort", "ToPort"}, made);
    const std::string description = text_in(rule, "Description");
    const auto put = [&](std::string_view list, std::string_view member, std::string_view property) {
        const std::string value = text_in(rule, property);
        if (value.empty()) return;
        json::object one{{member, value}};
        if (!description.empty()) one["Description"] = description;
        made[list] = json::array{std::move(one)};
    };
    put("IpRanges", "CidrIp", "CidrIp");
    put("Ipv6Ranges", "CidrIpv6", "CidrIpv6");
    put("PrefixListIds", "PrefixListId", direction.prefix_list);
    put("Groups", "GroupName", "SourceSecurityGroupName");
    put("Groups", "GroupId", direction.peer);
    return made;
}

Result<json::object> change_rule(const Job& job, std::string_view operation, const std::string& group,
                                 json::object rule) {
    return job.api.call(ec2, operation,
                        {{"GroupId", group}, {"IpPermissions", json::array{std::move(rule)}}});
}

Result<void> authorize_rule(const Direction& direction, const Job& job, const std::string& group,
                            const json::object& rule) {
    const auto done = change_rule(job, direction.authorize, group, permission(direction, rule));
    if (done || done.error().code == "InvalidPermission.Duplicate") return {};
    return done.error();
}

Result<void> revoke_rule(const Direction& direction, const Job& job, const std::string& group,
                         json::object rule) {
    return unless_missing(change_rule(job, direction.revoke, group, std::move(rule)));
}

std::vector<json::object> rules_in(const json::object& properties, std::string_view list) {
    std::vector<json::object> rules;
    const json::value* found = properties.if_contains(list);
    if (found == nullptr || !found->is_array()) return rules;
    for (const json::value& rule : found->get_array())
        if (rule.is_object()) rules.push_back(rule.get_object());
    return rules;
}

bool among(const std::vector<json::object>& rules, const json::object& one) {
    for (const json::object& rule : rules)
        if (rule == one) return true;
    return false;
}

// What every group begins with, and loses where the template lists egress of its own.
json::object open_egress() {
    return {{"IpProtocol", "-1"}, {"IpRanges", json::array{json::object{{"CidrIp", "0.0.0.0/0"}}}}};
}

Result<void> sync_direction(const Direction& direction, const Job& job, const std::string& group) {
    const auto now = rules_in(job.properties, direction.list);
    const auto then = rules_in(job.before, direction.list);
    for (const json::object& rule : now)
        if (!among(then, rule)) TRY(authorize_rule(direction, job, group, rule));
    for (const json::object& rule : then)
        if (!among(now, rule)) TRY(revoke_rule(direction, job, group, permission(direction, rule)));
    return {};
}

// A rule as a resource.

Result<std::string> find_rule(const Direction& direction, const Job& job, const std::string& group) {
    const json::object found = TRY(job.api.call(
        ec2, "DescribeSecurityGroupRules",
        {{"Filter",
          json::array{json::object{{"Name", "group-id"}, {"Value", json::array{json::value(group)}}}}}}));
    const json::value* rules = found.if_contains("securityGroupRuleSet");
    if (rules == nullptr || !rules->is_array()) return std::string();
    const json::object& wanted = job.properties;
    const auto same = [&](const json::object& rule, std::string_view member, std::string_view property) {
        const std::string left = text_in(rule, member);
        std::string right = text_in(wanted, property);
        if (right.empty() && member.ends_with("Port")) right = "-1";
        return left == right || (left.empty() && right == "-1");
    };
    for (const json::value& one : rules->get_array()) {
        const json::object& rule = one.as_object();
        const bool fits =
            flag_in(rule, "isEgress") == (&direction == &egress_rules) &&
            same(rule, "ipProtocol", "IpProtocol") && same(rule, "fromPort", "FromPort") &&
            same(rule, "toPort", "ToPort") && same(rule, "cidrIpv4", "CidrIp") &&
            same(rule, "cidrIpv6", "CidrIpv6") && same(rule, "prefixListId", direction.prefix_list) &&
            text_at(rule, {"referencedGroupInfo", "groupId"}) == text_in(wanted, direction.peer);
        if (fits) return text_in(rule, "securityGroupRuleId");
    }
    return std::string();
}

Result<Made> create_rule(const Direction& direction, const Job& job) {
    const std::string group = text_in(job.properties, "GroupId");
    Result<json::object> made =
        change_rule(job, direction.authorize, group, permission(direction, job.properties));
    if (made) return Made{text_at(*made, {"securityGroupRuleSet", "securityGroupRuleId"})};
    if (!job.resumed || !says_exists(made.error())) return std::move(made).error();
    const std::string id = TRY(find_rule(direction, job, group));
    if (id.empty()) return std::move(made).error();
    return Made{id};
}

Result<void> remove_rule(const Direction& direction, const Job& job) {
    const json::array ids{json::value(job.physical)};
    return unless_missing(
        job.api.call(ec2, direction.revoke,
                     {{"GroupId", text_in(job.properties, "GroupId")}, {"SecurityGroupRuleId", ids}}));
}

Result<void> describe_rule(const Direction& direction, const Job& job) {
    const std::string group = text_in(job.properties, "GroupId");
    const std::string_view operation = &direction == &ingress_rules
                                           ? "UpdateSecurityGroupRuleDescriptionsIngress"
                                           : "UpdateSecurityGroupRuleDescriptionsEgress";
    TRY(change_rule(job, operation, group, permission(direction, job.properties)));
    return {};
}

Type rule_type(std::string_view name, const Direction& direction) {
    Type type;
    type.name = name;
    type.properties = {{"CidrIp", Shape::text, replacement},
                       {"CidrIpv6", Shape::text, replacement},
                       {"Description"},
                       {"FromPort", Shape::number, replacement},
                       {"GroupId", Shape::text, replacement, true},
                       {"IpProtocol", Shape::text, replacement, true},
                       {"ToPort", Shape::number, replacement}};
    type.properties.push_back({direction.prefix_list, Shape::text, replacement});
    type.properties.push_back({direction.peer, Shape::text, replacement});
    if (&direction == &ingress_rules)
        for (const char* more : {"SourceSecurityGroupName", "SourceSecurityGroupOwnerId"})
            type.properties.push_back({more, Shape::text, replacement});
    type.attributes = {"Id"};
    type.exists = [&direction](const Job& job) -> Result<bool> {
        return !TRY(find_rule(direction, job, text_in(job.properties, "GroupId"))).empty();
    };
    type.create = [&direction](const Job& job) { return create_rule(direction, job); };
    type.settle = [](const Job& job) -> Result<Settled> { return Settled{true, {{"Id", job.physical}}}; };
    type.update = [&direction](const Job& job) { return describe_rule(direction, job); };
    type.remove = [&direction](const Job& job) { return remove_rule(direction, job); };
    return type;
}

}  // namespace

Result<void> sync_group_rules(const Job& job, const std::string& group) {
    TRY(sync_direction(ingress_rules, job, group));
    TRY(sync_direction(egress_rules, job, group));
    const bool had_own = job.before.contains(egress_rules.list);
    const bool has_own = job.properties.contains(egress_rules.list);
    if (has_own && !had_own &&
        !among(rules_in(job.properties, egress_rules.list), {{"CidrIp", "0.0.0.0/0"}, {"IpProtocol", "-1"}}))
        TRY(revoke_rule(egress_rules, job, group, open_egress()));
    if (had_own && !has_own) {
        const auto done = change_rule(job, egress_rules.authorize, group, open_egress());
        if (!done && done.error().code != "InvalidPermission.Duplicate") return done.error();
    }
    return {};
}

Type ingress_type() {
    return rule_type("AWS::EC2::SecurityGroupIngress", ingress_rules);
}

Type egress_type() {
    return rule_type("AWS::EC2::SecurityGroupEgress", egress_rules);
}

}  // namespace countersign::cloudformation
