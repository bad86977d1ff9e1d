// Operations on DB subnet groups: create, describe, modify, delete. Subnets that nobody made here are kept
// as given.
#pragma once

#include "gateway/operation.h"
#include "generated/rds.h"
#include "services/rds/service.h"

namespace countersign::rds {

Result<api::CreateDBSubnetGroupResult> create_subnet_group(const Deps& deps, const gateway::Call& call,
                                                           const api::CreateDBSubnetGroupMessage& input);
Result<api::DBSubnetGroupMessage> describe_subnet_groups(const Deps& deps, const gateway::Call& call,
                                                         const api::DescribeDBSubnetGroupsMessage& input);
Result<api::ModifyDBSubnetGroupResult> modify_subnet_group(const Deps& deps, const gateway::Call& call,
                                                           const api::ModifyDBSubnetGroupMessage& input);
Result<gateway::Nothing> delete_subnet_group(const Deps& deps, const gateway::Call& call,
                                             const api::DeleteDBSubnetGroupMessage& input);

}  // namespace countersign::rds
