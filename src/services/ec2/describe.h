// Records as EC2's answers show them. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/operation.h"
#include "generated/ec2.h"
#include "model/network.h"

namespace countersign::ec2 {

std::vector<api::Tag> to_api(const std::vector<model::Tag>& tags);
api::Vpc to_api(const gateway::Call& call, const model::Vpc& vpc, std::string_view dhcp_options);
api::Subnet to_api(const gateway::Call& call, const model::Subnet& subnet);
api::SecurityGroup to_api(const gateway::Call& call, const model::SecurityGroup& group);
api::SecurityGroupRule to_api(const gateway::Call& call, const model::SecurityGroup& group,
                              const model::SecurityGroupRule& rule);
api::RevokedSecurityGroupRule revoked_to_api(const model::SecurityGroup& group,
                                             const model::SecurityGroupRule& rule);
api::ManagedPrefixList to_api(const gateway::Call& call, const model::PrefixList& list);

}  // namespace countersign::ec2
