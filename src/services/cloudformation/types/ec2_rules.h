// Rules of security groups: inside of a group, and as resources of their own.
#pragma once

#include <string>
#include <string_view>

#include "services/cloudformation/types/type.h"

namespace countersign::cloudformation {

inline constexpr std::string_view ingress_members =
    "CidrIp CidrIpv6 Description FromPort IpProtocol SourcePrefixListId SourceSecurityGroupId "
    "SourceSecurityGroupName SourceSecurityGroupOwnerId ToPort";
inline constexpr std::string_view egress_members =
    "CidrIp CidrIpv6 Description DestinationPrefixListId DestinationSecurityGroupId FromPort IpProtocol "
    "ToPort";

// The rules that a group's own properties list.
Result<void> sync_group_rules(const Job& job, const std::string& group);

Type ingress_type();
Type egress_type();

}  // namespace countersign::cloudformation
