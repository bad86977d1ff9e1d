// EC2's errors: its model lists none. Source: Amazon EC2 Developer Guide, "Error codes for the Amazon EC2
// API".
#pragma once

#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>

#include "base/result.h"
#include "gateway/service_model.h"

namespace countersign::ec2 {

inline constexpr int refused = 400;
inline constexpr std::array errors{
    gateway::ErrorModel{"CannotDelete", refused, true},
    gateway::ErrorModel{"DefaultVpcAlreadyExists", refused, true},
    gateway::ErrorModel{"DependencyViolation", refused, true},
    gateway::ErrorModel{"DryRunOperation", 412, true},
    gateway::ErrorModel{"InvalidDhcpOptionID.NotFound", refused, true},
    gateway::ErrorModel{"InvalidGroup.Duplicate", refused, true},
    gateway::ErrorModel{"InvalidGroup.InUse", refused, true},
    gateway::ErrorModel{"InvalidGroup.NotFound", refused, true},
    gateway::ErrorModel{"InvalidGroup.Reserved", refused, true},
    gateway::ErrorModel{"InvalidGroupId.Malformed", refused, true},
    gateway::ErrorModel{"InvalidID", refused, true},
    gateway::ErrorModel{"InvalidNetworkAclID.NotFound", refused, true},
    gateway::ErrorModel{"InvalidNetworkInterfaceID.NotFound", refused, true},
    gateway::ErrorModel{"InvalidPermission.Duplicate", refused, true},
    gateway::ErrorModel{"InvalidPermission.Malformed", refused, true},
    gateway::ErrorModel{"InvalidPermission.NotFound", refused, true},
    gateway::ErrorModel{"InvalidPrefixListId.NotFound", refused, true},
    gateway::ErrorModel{"InvalidPrefixListID.NotFound", refused, true},
    gateway::ErrorModel{"InvalidRouteTableID.NotFound", refused, true},
    gateway::ErrorModel{"InvalidSecurityGroupRuleId.NotFound", refused, true},
    gateway::ErrorModel{"InvalidSubnet.Conflict", refused, true},
    gateway::ErrorModel{"InvalidSubnet.Range", refused, true},
    gateway::ErrorModel{"InvalidSubnetID.NotFound", refused, true},
    gateway::ErrorModel{"InvalidVpc.Range", refused, true},
    gateway::ErrorModel{"InvalidVpcID.NotFound", refused, true},
    gateway::ErrorModel{"OperationNotPermitted", refused, true},
    gateway::ErrorModel{"PrefixListMaxEntriesExceeded", refused, true},
    gateway::ErrorModel{"PrefixListVersionMismatch", refused, true},
    gateway::ErrorModel{"RulesPerSecurityGroupLimitExceeded", refused, true},
    gateway::ErrorModel{"SecurityGroupLimitExceeded", refused, true},
    gateway::ErrorModel{"SubnetLimitExceeded", refused, true},
    gateway::ErrorModel{"TagLimitExceeded", refused, true},
    gateway::ErrorModel{"UnsupportedOperation", refused, true},
    gateway::ErrorModel{"VPCIdNotSpecified", refused, true},
    gateway::ErrorModel{"VpcLimitExceeded", refused, true},
};

inline Error invalid_value(std::string_view value, std::string_view parameter, std::string_view reason = {}) {
    std::string message = fmt::format("Value ({}) for parameter {} is invalid.", value, parameter);
    if (!reason.empty()) message.append(" ").append(reason);
    return Error{Fault::invalid, std::move(message), "InvalidParameterValue"};
}
inline Error missing(std::string_view parameter) {
    return Error{Fault::invalid, fmt::format("The request must contain the parameter {}", parameter),
                 "MissingParameter"};
}
inline Error vpc_not_found(std::string_view id) {
    return Error{Fault::not_found, fmt::format("The vpc ID '{}' does not exist", id),
                 "InvalidVpcID.NotFound"};
}
inline Error subnet_not_found(std::string_view id) {
    return Error{Fault::not_found, fmt::format("The subnet ID '{}' does not exist", id),
                 "InvalidSubnetID.NotFound"};
}
inline Error group_not_found(std::string_view id) {
    return Error{Fault::not_found, fmt::format("The security group '{}' does not exist", id),
                 "InvalidGroup.NotFound"};
}
inline Error rule_not_found(std::string_view id) {
    return Error{Fault::not_found, fmt::format("The security group rule ID '{}' does not exist", id),
                 "InvalidSecurityGroupRuleId.NotFound"};
}
inline Error prefix_list_not_found(std::string_view id) {
    return Error{Fault::not_found, fmt::format("The prefix list ID '{}' does not exist", id),
                 "InvalidPrefixListID.NotFound"};
}

}  // namespace countersign::ec2
