#include "services/ec2/rules.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "network/cidr.h"
#include "services/ec2/errors.h"

namespace countersign::ec2 {

namespace {

// tcp of 6; a number that has no name here stays one.
Result<std::string> parse_protocol(const std::optional<std::string>& given) {
    static const std::map<std::string_view, std::string_view> names{
        {"1", "icmp"}, {"6", "tcp"}, {"17", "udp"}, {"58", "icmpv6"}, {"all", "-1"}};
    constexpr std::uint32_t highest = 255;
    if (!given) return missing("ipProtocol");
    const std::string text = lower(*given);
    if (const auto known = names.find(text); known != names.end()) return std::string(known->second);
    if (text == "tcp" || text == "udp" || text == "icmp" || text == "icmpv6" || text == "-1") return text;
    const auto number = parse_number<std::uint32_t>(text);
    if (number && *number <= highest) return std::to_string(*number);
    return Error{Fault::invalid, fmt::format("Invalid value '{}' for IP protocol. Unknown protocol.", *given),
                 "InvalidParameterValue"};
}

using Port = std::optional<std::int64_t>;

Error invalid_ports(std::string_view reason) {
    return Error{Fault::invalid, fmt::format("Invalid value '{}' for portRange.", reason),
                 "InvalidParameterValue"};
}

Result<void> check_ports(const Port& from, const Port& to) {
    constexpr std::int64_t highest = 65535;
    if (!from || !to) return invalid_ports("Must specify both from and to ports with TCP/UDP.");
    for (const std::int64_t port : {*from, *to})
        if (port < 0 || port > highest)
            return Error{
                Fault::invalid,
                fmt::format("Invalid value '{}' for portRange. Port must be 0 to {}.", port, highest),
                "InvalidParameterValue"};
    if (*from > *to)
        return Error{Fault::invalid, fmt::format("Invalid TCP/UDP port range ({}:{})", *from, *to),
                     "InvalidParameterValue"};
    return {};
}

// Of ICMP they are type and code, of which -1 is every one; protocols without ports have none.
Result<void> put_ports(const Port& from, const Port& to, model::SecurityGroupRule& rule) {
    constexpr std::int64_t every = -1;
    if (rule.protocol == "tcp" || rule.protocol == "udp") {
        TRY(check_ports(from, to));
        rule.from_port = from;
        rule.to_port = to;
    } else if (rule.protocol.starts_with("icmp")) {
        rule.from_port = from.value_or(every);
        rule.to_port = to.value_or(every);
    }
    return {};
}

Result<std::string> parse_source4(const std::string& text) {
    const auto block = network::parse_cidr4(text);
    if (!block)
        return Error{Fault::invalid, fmt::format("CIDR block {} is malformed", text),
                     "InvalidParameterValue"};
    return network::text_of(*block);
}

Result<std::string> parse_source6(const std::string& text) {
    const auto block = network::parse_cidr6(text);
    if (!block)
        return Error{Fault::invalid, fmt::format("CIDR block {} is malformed", text),
                     "InvalidParameterValue"};
    return network::text_of(*block);
}

Result<model::SecurityGroupRule> described(model::SecurityGroupRule rule,
                                           const std::optional<std::string>& description) {
    rule.description = description.value_or("");
    TRY(check_description("rule", rule.description));
    return rule;
}

Result<std::string> group_named_in(const api::UserIdGroupPair& pair) {
    if (pair.GroupId) return *pair.GroupId;
    if (pair.GroupName) return by_name_mark + *pair.GroupName;
    return missing("groupId");
}

// The rules of one permission; `common` is what is the same for each of its sources.
Result<void> add_rules(const api::IpPermission& permission, const model::SecurityGroupRule& common,
                       std::vector<model::SecurityGroupRule>& rules) {
    for (const auto& range : permission.IpRanges.value_or(std::vector<api::IpRange>())) {
        model::SecurityGroupRule rule = TRY(described(common, range.Description));
        rule.cidr4 = TRY(parse_source4(range.CidrIp.value_or("")));
        rules.push_back(std::move(rule));
    }
    for (const auto& range : permission.Ipv6Ranges.value_or(std::vector<api::Ipv6Range>())) {
        model::SecurityGroupRule rule = TRY(described(common, range.Description));
        rule.cidr6 = TRY(parse_source6(range.CidrIpv6.value_or("")));
        rules.push_back(std::move(rule));
    }
    for (const auto& list : permission.PrefixListIds.value_or(std::vector<api::PrefixListId>())) {
        model::SecurityGroupRule rule = TRY(described(common, list.Description));
        rule.prefix_list = list.PrefixListId.value_or("");
        rules.push_back(std::move(rule));
    }
    for (const auto& pair : permission.UserIdGroupPairs.value_or(std::vector<api::UserIdGroupPair>())) {
        model::SecurityGroupRule rule = TRY(described(common, pair.Description));
        rule.group = TRY(group_named_in(pair));
        rules.push_back(std::move(rule));
    }
    return {};
}

Result<model::SecurityGroupRule> common_of(const std::optional<std::string>& protocol, const Port& from,
                                           const Port& to, bool egress) {
    model::SecurityGroupRule rule;
    rule.egress = egress;
    rule.protocol = TRY(parse_protocol(protocol));
    TRY(put_ports(from, to, rule));
    return rule;
}

const std::string& peer_of(const model::SecurityGroupRule& rule) {
    if (!rule.cidr4.empty()) return rule.cidr4;
    if (!rule.cidr6.empty()) return rule.cidr6;
    return rule.prefix_list.empty() ? rule.group : rule.prefix_list;
}

}  // namespace

Result<void> check_description(std::string_view noun, std::string_view text) {
    constexpr std::size_t characters_max = 255;
    constexpr std::string_view marks = ". _-:/()#,@[]+=&;{}!$*";
    const bool fits = std::ranges::all_of(text, [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               marks.find(c) != std::string_view::npos;
    });
    if (fits && text.size() <= characters_max) return {};
    return Error{Fault::invalid,
                 fmt::format("Invalid {} description. Valid descriptions are strings less than 256 "
                             "characters from the following set: a-zA-Z0-9{}",
                             noun, marks),
                 "InvalidParameterValue"};
}

Result<std::vector<model::SecurityGroupRule>> rules_of(const std::vector<api::IpPermission>& permissions,
                                                       bool egress) {
    std::vector<model::SecurityGroupRule> rules;
    for (const api::IpPermission& permission : permissions) {
        const model::SecurityGroupRule common =
            TRY(common_of(permission.IpProtocol, permission.FromPort, permission.ToPort, egress));
        const std::size_t before = rules.size();
        TRY(add_rules(permission, common, rules));
        if (rules.size() == before) return missing("groups or ipRanges");
    }
    return rules;
}

Result<model::SecurityGroupRule> rule_of(const api::SecurityGroupRuleRequest& request, bool egress) {
    model::SecurityGroupRule rule =
        TRY(common_of(request.IpProtocol, request.FromPort, request.ToPort, egress));
    rule = TRY(described(std::move(rule), request.Description));
    if (request.CidrIpv4) rule.cidr4 = TRY(parse_source4(*request.CidrIpv4));
    if (request.CidrIpv6) rule.cidr6 = TRY(parse_source6(*request.CidrIpv6));
    rule.prefix_list = request.PrefixListId.value_or("");
    rule.group = request.ReferencedGroupId.value_or("");
    const int sources = static_cast<int>(!rule.cidr4.empty()) + static_cast<int>(!rule.cidr6.empty()) +
                        static_cast<int>(!rule.prefix_list.empty()) + static_cast<int>(!rule.group.empty());
    if (sources == 1) return rule;
    return Error{Fault::invalid, "A rule has exactly one source or destination.",
                 "InvalidParameterCombination"};
}

api::IpPermission permission_of(const model::SecurityGroupRule& rule, const std::string& account) {
    api::IpPermission permission;
    permission.IpProtocol = rule.protocol;
    permission.FromPort = rule.from_port;
    permission.ToPort = rule.to_port;
    if (!rule.cidr4.empty()) permission.IpRanges.emplace().emplace_back().CidrIp = rule.cidr4;
    if (!rule.cidr6.empty()) permission.Ipv6Ranges.emplace().emplace_back().CidrIpv6 = rule.cidr6;
    if (!rule.prefix_list.empty())
        permission.PrefixListIds.emplace().emplace_back().PrefixListId = rule.prefix_list;
    if (rule.group.empty()) return permission;
    api::UserIdGroupPair& pair = permission.UserIdGroupPairs.emplace().emplace_back();
    pair.GroupId = rule.group;
    pair.UserId = account;
    return permission;
}

bool same_rule(const model::SecurityGroupRule& one, const model::SecurityGroupRule& other) {
    return one.egress == other.egress && one.protocol == other.protocol && one.from_port == other.from_port &&
           one.to_port == other.to_port && one.cidr4 == other.cidr4 && one.cidr6 == other.cidr6 &&
           one.prefix_list == other.prefix_list && one.group == other.group;
}

std::string text_of(const model::SecurityGroupRule& rule) {
    std::string protocol = rule.protocol == "-1" ? "ALL" : rule.protocol;
    std::ranges::transform(protocol, protocol.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    std::string text = fmt::format("peer: {}, {}, ", peer_of(rule), protocol);
    if (rule.from_port && rule.to_port)
        text += fmt::format("from port: {}, to port: {}, ", *rule.from_port, *rule.to_port);
    return text + "ALLOW";
}

}  // namespace countersign::ec2
