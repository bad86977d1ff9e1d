#include "services/ec2/service.h"

#include "generated/ec2.h"
#include "services/ec2/errors.h"
#include "services/ec2/operations.h"
#include "services/ec2/rows.h"
#include "services/ec2/target_rules.h"

namespace countersign::ec2 {

namespace ops = api::ops;

gateway::Service service(const Deps& deps) {
    return gateway::Service{
        api::model,
        gateway::Locality::regional,
        errors,
        {
            row<ops::AuthorizeSecurityGroupEgress>(
                deps, on_rules_of_group<api::AuthorizeSecurityGroupEgressRequest>, authorize_egress),
            row<ops::AuthorizeSecurityGroupIngress>(
                deps, on_rules_of_group<api::AuthorizeSecurityGroupIngressRequest>, authorize_ingress),
            row<ops::CreateDefaultVpc>(deps, on_new<api::CreateDefaultVpcRequest>(vpc_kind),
                                       create_default_vpc),
            row<ops::CreateManagedPrefixList>(
                deps, on_new_tagged<ops::CreateManagedPrefixList>(prefix_list_kind), create_prefix_list,
                {{"AddressFamily", "DryRun", "Entries", "MaxEntries", "PrefixListName", "TagSpecifications",
                  "ClientToken"}}),
            row<ops::CreateSecurityGroup>(deps, on_new_group, create_security_group),
            row<ops::CreateSubnet>(deps, on_new_subnet, create_subnet,
                                   {{"AvailabilityZone", "AvailabilityZoneId", "CidrBlock", "DryRun",
                                     "TagSpecifications", "VpcId"}}),
            row<ops::CreateTags>(deps, on_tagged_resources, create_tags),
            row<ops::CreateVpc>(deps, on_new_tagged<ops::CreateVpc>(vpc_kind), create_vpc,
                                {{"AmazonProvidedIpv6CidrBlock", "CidrBlock", "DryRun", "InstanceTenancy",
                                  "TagSpecifications"}}),
            row<ops::DeleteManagedPrefixList>(deps, on_prefix_list<api::DeleteManagedPrefixListRequest>,
                                              delete_prefix_list),
            row<ops::DeleteSecurityGroup>(deps, on_group<api::DeleteSecurityGroupRequest>,
                                          delete_security_group),
            row<ops::DeleteSubnet>(deps, on_subnet<api::DeleteSubnetRequest>, delete_subnet),
            row<ops::DeleteTags>(deps, on_untagged_resources, delete_tags),
            row<ops::DeleteVpc>(deps, on_vpc<api::DeleteVpcRequest>, delete_vpc),
            on_everything<ops::DescribeAccountAttributes>(deps, describe_account_attributes),
            on_everything<ops::DescribeAvailabilityZones>(deps, describe_availability_zones),
            on_everything<ops::DescribeDhcpOptions>(deps, describe_dhcp_options),
            on_everything<ops::DescribeManagedPrefixLists>(deps, describe_managed_prefix_lists),
            on_everything<ops::DescribeNetworkAcls>(deps, describe_network_acls),
            on_everything<ops::DescribeNetworkInterfaces>(deps, describe_network_interfaces),
            on_everything<ops::DescribePrefixLists>(deps, describe_prefix_lists),
            on_everything<ops::DescribeRegions>(deps, describe_regions),
            on_everything<ops::DescribeRouteTables>(deps, describe_route_tables),
            on_everything<ops::DescribeSecurityGroupRules>(deps, describe_security_group_rules),
            on_everything<ops::DescribeSecurityGroups>(deps, describe_security_groups),
            on_everything<ops::DescribeSubnets>(deps, describe_subnets),
            on_everything<ops::DescribeTags>(deps, describe_tags),
            row<ops::DescribeVpcAttribute>(deps, on_vpc<api::DescribeVpcAttributeRequest>,
                                           describe_vpc_attribute),
            on_everything<ops::DescribeVpcs>(deps, describe_vpcs),
            row<ops::GetManagedPrefixListEntries>(
                deps, on_prefix_list<api::GetManagedPrefixListEntriesRequest>, get_prefix_list_entries),
            row<ops::ModifyManagedPrefixList>(deps, on_prefix_list<api::ModifyManagedPrefixListRequest>,
                                              modify_prefix_list,
                                              {{"AddEntries", "CurrentVersion", "DryRun", "MaxEntries",
                                                "PrefixListId", "PrefixListName", "RemoveEntries"}}),
            row<ops::ModifySecurityGroupRules>(deps, on_changed_rules, modify_security_group_rules),
            row<ops::ModifySubnetAttribute>(
                deps, on_subnet<api::ModifySubnetAttributeRequest>, modify_subnet_attribute,
                {{"AssignIpv6AddressOnCreation", "EnableDns64", "EnableResourceNameDnsAAAARecordOnLaunch",
                  "EnableResourceNameDnsARecordOnLaunch", "MapPublicIpOnLaunch",
                  "PrivateDnsHostnameTypeOnLaunch", "SubnetId"}}),
            row<ops::ModifyVpcAttribute>(deps, on_vpc<api::ModifyVpcAttributeRequest>, modify_vpc_attribute),
            row<ops::RevokeSecurityGroupEgress>(deps, on_group_id<api::RevokeSecurityGroupEgressRequest>,
                                                revoke_egress),
            row<ops::RevokeSecurityGroupIngress>(deps, on_group<api::RevokeSecurityGroupIngressRequest>,
                                                 revoke_ingress),
            row<ops::UpdateSecurityGroupRuleDescriptionsEgress>(
                deps, on_group<api::UpdateSecurityGroupRuleDescriptionsEgressRequest>, describe_egress_anew),
            row<ops::UpdateSecurityGroupRuleDescriptionsIngress>(
                deps, on_group<api::UpdateSecurityGroupRuleDescriptionsIngressRequest>,
                describe_ingress_anew),
        }};
}

}  // namespace countersign::ec2
