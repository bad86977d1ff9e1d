// Rules of security groups: read from what a request says, compared, put into words. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "generated/ec2.h"
#include "model/network.h"

namespace countersign::ec2 {

// At most 255 characters of a set that EC2 names. `noun` is "rule" or "security group".
Result<void> check_description(std::string_view noun, std::string_view text);

// A rule for each source that the permissions name, without ids. Groups may still go by name: `group` has it
// then, with the mark before it.
inline constexpr char by_name_mark = '=';
Result<std::vector<model::SecurityGroupRule>> rules_of(const std::vector<api::IpPermission>& permissions,
                                                       bool egress);
Result<model::SecurityGroupRule> rule_of(const api::SecurityGroupRuleRequest& request, bool egress);
// Back to what a request says, to show which one was not known.
api::IpPermission permission_of(const model::SecurityGroupRule& rule, const std::string& account);

// Whether both admit the same, whatever they are called.
bool same_rule(const model::SecurityGroupRule& one, const model::SecurityGroupRule& other);

// peer: 0.0.0.0/0, TCP, from port: 22, to port: 22, ALLOW
std::string text_of(const model::SecurityGroupRule& rule);

}  // namespace countersign::ec2
