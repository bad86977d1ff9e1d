// VPCs, subnets, security groups and prefix lists as the operations find them: EC2's error texts, ARNs, and
// what a call needs a right on.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/operation.h"
#include "generated/ec2.h"
#include "network/region.h"
#include "services/ec2/rows.h"

namespace countersign::ec2 {

// The kinds of resources, as ARNs and tags call them.
inline constexpr std::string_view vpc_kind = "vpc";
inline constexpr std::string_view subnet_kind = "subnet";
inline constexpr std::string_view group_kind = "security-group";
inline constexpr std::string_view rule_kind = "security-group-rule";
inline constexpr std::string_view prefix_list_kind = "prefix-list";

// arn:PARTITION:ec2:REGION:ACCOUNT:KIND/ID, in the region of the call.
std::string arn_of(const gateway::Call& call, std::string_view kind, std::string_view id);

// Refused with EC2's InvalidVpcID.NotFound and its like.
Result<store::Stored<model::Vpc>> get_vpc(const Deps& deps, const gateway::Call& call, std::string_view id);
Result<store::Stored<model::Subnet>> get_subnet(const Deps& deps, const gateway::Call& call,
                                                std::string_view id);
Result<store::Stored<model::SecurityGroup>> get_group(const Deps& deps, const gateway::Call& call,
                                                      std::string_view id);
Result<store::Stored<model::PrefixList>> get_prefix_list(const Deps& deps, const gateway::Call& call,
                                                         std::string_view id);
// By id, or by name in the default VPC.
Result<store::Stored<model::SecurityGroup>> get_group(const Deps& deps, const gateway::Call& call,
                                                      const std::optional<std::string>& id,
                                                      const std::optional<std::string>& name);

// What is there as policies see it, by id: its tags and its VPC; only its ARN where nothing is there.
Result<Target> vpc_target(const Deps& deps, const gateway::Call& call, std::string_view id);
Result<Target> subnet_target(const Deps& deps, const gateway::Call& call, std::string_view id);
Result<Target> group_target(const Deps& deps, const gateway::Call& call, std::string_view id);
Result<Target> prefix_list_target(const Deps& deps, const gateway::Call& call, std::string_view id);

// The condition keys of tags that a resource has.
void put_resource_tags(const std::vector<model::Tag>& tags, policy::Context& facts);

// Something new of that kind with tags: a right to make it, and one to tag it in the making.
using TagSpecifications = std::optional<std::vector<api::TagSpecification>>;
std::vector<Target> new_targets(const gateway::Call& call, std::string_view kind, std::string_view action,
                                const TagSpecifications& specifications);

}  // namespace countersign::ec2
