// The operations, a file a noun.
#pragma once

#include "gateway/operation.h"
#include "generated/ec2.h"
#include "services/ec2/service.h"

namespace countersign::ec2 {

using gateway::Call;
using gateway::Nothing;

// vpcs.cc
Result<api::CreateVpcResult> create_vpc(const Deps& deps, const Call& call,
                                        const api::CreateVpcRequest& input);
Result<api::CreateDefaultVpcResult> create_default_vpc(const Deps& deps, const Call& call,
                                                       const api::CreateDefaultVpcRequest& input);
Result<Nothing> delete_vpc(const Deps& deps, const Call& call, const api::DeleteVpcRequest& input);
Result<api::DescribeVpcsResult> describe_vpcs(const Deps& deps, const Call& call,
                                              const api::DescribeVpcsRequest& input);
Result<api::DescribeVpcAttributeResult> describe_vpc_attribute(const Deps& deps, const Call& call,
                                                               const api::DescribeVpcAttributeRequest& input);
Result<Nothing> modify_vpc_attribute(const Deps& deps, const Call& call,
                                     const api::ModifyVpcAttributeRequest& input);

// vpc_parts.cc
Result<api::DescribeRouteTablesResult> describe_route_tables(const Deps& deps, const Call& call,
                                                             const api::DescribeRouteTablesRequest& input);
Result<api::DescribeNetworkAclsResult> describe_network_acls(const Deps& deps, const Call& call,
                                                             const api::DescribeNetworkAclsRequest& input);
Result<api::DescribeDhcpOptionsResult> describe_dhcp_options(const Deps& deps, const Call& call,
                                                             const api::DescribeDhcpOptionsRequest& input);
Result<api::DescribeNetworkInterfacesResult> describe_network_interfaces(
    const Deps& deps, const Call& call, const api::DescribeNetworkInterfacesRequest& input);

// subnets.cc
Result<api::CreateSubnetResult> create_subnet(const Deps& deps, const Call& call,
                                              const api::CreateSubnetRequest& input);
Result<Nothing> delete_subnet(const Deps& deps, const Call& call, const api::DeleteSubnetRequest& input);
Result<api::DescribeSubnetsResult> describe_subnets(const Deps& deps, const Call& call,
                                                    const api::DescribeSubnetsRequest& input);
Result<Nothing> modify_subnet_attribute(const Deps& deps, const Call& call,
                                        const api::ModifySubnetAttributeRequest& input);

// groups.cc
Result<api::CreateSecurityGroupResult> create_security_group(const Deps& deps, const Call& call,
                                                             const api::CreateSecurityGroupRequest& input);
Result<api::DeleteSecurityGroupResult> delete_security_group(const Deps& deps, const Call& call,
                                                             const api::DeleteSecurityGroupRequest& input);
Result<api::DescribeSecurityGroupsResult> describe_security_groups(
    const Deps& deps, const Call& call, const api::DescribeSecurityGroupsRequest& input);
Result<api::DescribeSecurityGroupRulesResult> describe_security_group_rules(
    const Deps& deps, const Call& call, const api::DescribeSecurityGroupRulesRequest& input);

// group_rules.cc
Result<api::AuthorizeSecurityGroupIngressResult> authorize_ingress(
    const Deps& deps, const Call& call, const api::AuthorizeSecurityGroupIngressRequest& input);
Result<api::AuthorizeSecurityGroupEgressResult> authorize_egress(
    const Deps& deps, const Call& call, const api::AuthorizeSecurityGroupEgressRequest& input);
Result<api::RevokeSecurityGroupIngressResult> revoke_ingress(
    const Deps& deps, const Call& call, const api::RevokeSecurityGroupIngressRequest& input);
Result<api::RevokeSecurityGroupEgressResult> revoke_egress(
    const Deps& deps, const Call& call, const api::RevokeSecurityGroupEgressRequest& input);
Result<api::ModifySecurityGroupRulesResult> modify_security_group_rules(
    const Deps& deps, const Call& call, const api::ModifySecurityGroupRulesRequest& input);
Result<api::UpdateSecurityGroupRuleDescriptionsIngressResult> describe_ingress_anew(
    const Deps& deps, const Call& call, const api::UpdateSecurityGroupRuleDescriptionsIngressRequest& input);
Result<api::UpdateSecurityGroupRuleDescriptionsEgressResult> describe_egress_anew(
    const Deps& deps, const Call& call, const api::UpdateSecurityGroupRuleDescriptionsEgressRequest& input);

// tags.cc
Result<Nothing> create_tags(const Deps& deps, const Call& call, const api::CreateTagsRequest& input);
Result<Nothing> delete_tags(const Deps& deps, const Call& call, const api::DeleteTagsRequest& input);
Result<api::DescribeTagsResult> describe_tags(const Deps& deps, const Call& call,
                                              const api::DescribeTagsRequest& input);

// regions.cc
Result<api::DescribeAvailabilityZonesResult> describe_availability_zones(
    const Deps& deps, const Call& call, const api::DescribeAvailabilityZonesRequest& input);
Result<api::DescribeRegionsResult> describe_regions(const Deps& deps, const Call& call,
                                                    const api::DescribeRegionsRequest& input);
Result<api::DescribeAccountAttributesResult> describe_account_attributes(
    const Deps& deps, const Call& call, const api::DescribeAccountAttributesRequest& input);

// prefix_lists.cc
Result<api::CreateManagedPrefixListResult> create_prefix_list(
    const Deps& deps, const Call& call, const api::CreateManagedPrefixListRequest& input);
Result<api::DeleteManagedPrefixListResult> delete_prefix_list(
    const Deps& deps, const Call& call, const api::DeleteManagedPrefixListRequest& input);
Result<api::ModifyManagedPrefixListResult> modify_prefix_list(
    const Deps& deps, const Call& call, const api::ModifyManagedPrefixListRequest& input);
Result<api::DescribeManagedPrefixListsResult> describe_managed_prefix_lists(
    const Deps& deps, const Call& call, const api::DescribeManagedPrefixListsRequest& input);
Result<api::DescribePrefixListsResult> describe_prefix_lists(const Deps& deps, const Call& call,
                                                             const api::DescribePrefixListsRequest& input);
Result<api::GetManagedPrefixListEntriesResult> get_prefix_list_entries(
    const Deps& deps, const Call& call, const api::GetManagedPrefixListEntriesRequest& input);

}  // namespace countersign::ec2
