#include "services/ec2/describe.h"

#include <algorithm>

#include "gateway/tags.h"
#include "network/cidr.h"
#include "network/region.h"
#include "services/ec2/resources.h"

namespace countersign::ec2 {

using gateway::Call;

namespace {

constexpr std::int64_t no_port = -1;

std::optional<std::string> if_any(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

// The permission that has this rule's protocol and ports; a new one with all its lists where there is none.
api::IpPermission& permission_of(const model::SecurityGroupRule& rule,
                                 std::vector<api::IpPermission>& permissions) {
    const auto known = std::ranges::find_if(permissions, [&](const api::IpPermission& one) {
        return one.IpProtocol == rule.protocol && one.FromPort == rule.from_port &&
               one.ToPort == rule.to_port;
    });
    if (known != permissions.end()) return *known;
    api::IpPermission& fresh = permissions.emplace_back();
    fresh.IpProtocol = rule.protocol;
    fresh.FromPort = rule.from_port;
    fresh.ToPort = rule.to_port;
    fresh.UserIdGroupPairs.emplace();
    fresh.IpRanges.emplace();
    fresh.Ipv6Ranges.emplace();
    fresh.PrefixListIds.emplace();
    return fresh;
}

void add_source(const Call& call, const model::SecurityGroupRule& rule, api::IpPermission& into) {
    const std::optional<std::string> description = if_any(rule.description);
    if (!rule.cidr4.empty()) {
        api::IpRange& range = into.IpRanges->emplace_back();
        range.CidrIp = rule.cidr4;
        range.Description = description;
    } else if (!rule.cidr6.empty()) {
        api::Ipv6Range& range = into.Ipv6Ranges->emplace_back();
        range.CidrIpv6 = rule.cidr6;
        range.Description = description;
    } else if (!rule.prefix_list.empty()) {
        api::PrefixListId& list = into.PrefixListIds->emplace_back();
        list.PrefixListId = rule.prefix_list;
        list.Description = description;
    } else {
        api::UserIdGroupPair& pair = into.UserIdGroupPairs->emplace_back();
        pair.UserId = call.account();
        pair.GroupId = rule.group;
        pair.Description = description;
    }
}

std::vector<api::IpPermission> permissions_of(const Call& call, const model::SecurityGroup& group,
                                              bool egress) {
    std::vector<api::IpPermission> permissions;
    for (const model::SecurityGroupRule& rule : group.rules)
        if (rule.egress == egress) add_source(call, rule, permission_of(rule, permissions));
    return permissions;
}

}  // namespace

std::vector<api::Tag> to_api(const std::vector<model::Tag>& tags) {
    return gateway::tags_to_api<api::Tag>(tags);
}

api::Vpc to_api(const Call& call, const model::Vpc& vpc, std::string_view dhcp_options) {
    api::Vpc answer;
    answer.VpcId = vpc.id;
    answer.OwnerId = call.account();
    answer.CidrBlock = vpc.cidr;
    answer.DhcpOptionsId = std::string(dhcp_options);
    answer.InstanceTenancy = vpc.tenancy;
    answer.IsDefault = vpc.is_default;
    answer.State = "available";
    api::VpcCidrBlockAssociation& association = answer.CidrBlockAssociationSet.emplace_back();
    association.AssociationId = vpc.parts.cidr_association;
    association.CidrBlock = vpc.cidr;
    association.CidrBlockState.emplace().State = "associated";
    answer.BlockPublicAccessStates.emplace().InternetGatewayBlockMode = "off";
    answer.Tags = to_api(vpc.tags);
    return answer;
}

api::Subnet to_api(const Call& call, const model::Subnet& subnet) {
    api::Subnet answer;
    answer.SubnetId = subnet.id;
    answer.SubnetArn = arn_of(call, subnet_kind, subnet.id);
    answer.OwnerId = call.account();
    answer.VpcId = subnet.vpc;
    answer.State = "available";
    answer.CidrBlock = subnet.cidr;
    if (const auto block = network::parse_cidr4(subnet.cidr))
        answer.AvailableIpAddressCount = network::usable_addresses(*block);
    answer.AvailabilityZone = subnet.zone;
    answer.AvailabilityZoneId = network::zone_id(call.region, subnet.zone);
    answer.DefaultForAz = subnet.is_default;
    answer.MapPublicIpOnLaunch = subnet.public_addresses;
    answer.MapCustomerOwnedIpOnLaunch = false;
    answer.AssignIpv6AddressOnCreation = false;
    answer.EnableDns64 = subnet.dns64;
    answer.Ipv6Native = false;
    api::PrivateDnsNameOptionsOnLaunch& names = answer.PrivateDnsNameOptionsOnLaunch.emplace();
    names.HostnameType = subnet.hostname_type;
    names.EnableResourceNameDnsARecord = subnet.name_records;
    names.EnableResourceNameDnsAAAARecord = subnet.name_records_ipv6;
    answer.BlockPublicAccessStates.emplace().InternetGatewayBlockMode = "off";
    answer.Tags = to_api(subnet.tags);
    return answer;
}

api::SecurityGroup to_api(const Call& call, const model::SecurityGroup& group) {
    api::SecurityGroup answer;
    answer.GroupId = group.id;
    answer.GroupName = group.name;
    answer.Description = group.description;
    answer.OwnerId = call.account();
    answer.VpcId = group.vpc;
    answer.SecurityGroupArn = arn_of(call, group_kind, group.id);
    answer.IpPermissions = permissions_of(call, group, false);
    answer.IpPermissionsEgress = permissions_of(call, group, true);
    answer.Tags = to_api(group.tags);
    return answer;
}

api::SecurityGroupRule to_api(const Call& call, const model::SecurityGroup& group,
                              const model::SecurityGroupRule& rule) {
    api::SecurityGroupRule answer;
    answer.SecurityGroupRuleId = rule.id;
    answer.SecurityGroupRuleArn = arn_of(call, rule_kind, rule.id);
    answer.GroupId = group.id;
    answer.GroupOwnerId = call.account();
    answer.IsEgress = rule.egress;
    answer.IpProtocol = rule.protocol;
    answer.FromPort = rule.from_port.value_or(no_port);
    answer.ToPort = rule.to_port.value_or(no_port);
    answer.CidrIpv4 = if_any(rule.cidr4);
    answer.CidrIpv6 = if_any(rule.cidr6);
    answer.PrefixListId = if_any(rule.prefix_list);
    if (!rule.group.empty()) {
        api::ReferencedSecurityGroup& referenced = answer.ReferencedGroupInfo.emplace();
        referenced.GroupId = rule.group;
        referenced.UserId = call.account();
    }
    answer.Description = if_any(rule.description);
    answer.Tags = to_api(rule.tags);
    return answer;
}

api::RevokedSecurityGroupRule revoked_to_api(const model::SecurityGroup& group,
                                             const model::SecurityGroupRule& rule) {
    api::RevokedSecurityGroupRule answer;
    answer.SecurityGroupRuleId = rule.id;
    answer.GroupId = group.id;
    answer.IsEgress = rule.egress;
    answer.IpProtocol = rule.protocol;
    answer.FromPort = rule.from_port.value_or(no_port);
    answer.ToPort = rule.to_port.value_or(no_port);
    answer.CidrIpv4 = if_any(rule.cidr4);
    answer.CidrIpv6 = if_any(rule.cidr6);
    answer.PrefixListId = if_any(rule.prefix_list);
    answer.ReferencedGroupId = if_any(rule.group);
    answer.Description = if_any(rule.description);
    return answer;
}

api::ManagedPrefixList to_api(const Call& call, const model::PrefixList& list) {
    api::ManagedPrefixList answer;
    answer.PrefixListId = list.id;
    answer.PrefixListArn = arn_of(call, prefix_list_kind, list.id);
    answer.PrefixListName = list.name;
    answer.AddressFamily = list.family;
    answer.MaxEntries = list.entries_max;
    answer.Version = list.version;
    answer.State = list.modified ? "modify-complete" : "create-complete";
    answer.OwnerId = call.account();
    answer.Tags = to_api(list.tags);
    return answer;
}

}  // namespace countersign::ec2
