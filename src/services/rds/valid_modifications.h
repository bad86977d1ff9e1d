// DescribeValidDBInstanceModifications: which storage an instance may be given.
#pragma once

#include "gateway/operation.h"
#include "generated/rds.h"
#include "services/rds/service.h"

namespace countersign::rds {

Result<api::DescribeValidDBInstanceModificationsResult> describe_valid_modifications(
    const Deps& deps, const gateway::Call& call,
    const api::DescribeValidDBInstanceModificationsMessage& input);

}  // namespace countersign::rds
