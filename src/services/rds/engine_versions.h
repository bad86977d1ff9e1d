// What there is to choose from: engine versions, instance classes.
#pragma once

#include "gateway/operation.h"
#include "generated/rds.h"
#include "services/rds/service.h"

namespace countersign::rds {

Result<api::DBEngineVersionMessage> describe_engine_versions(
    const Deps& deps, const gateway::Call& call, const api::DescribeDBEngineVersionsMessage& input);
Result<api::OrderableDBInstanceOptionsMessage> describe_orderable_options(
    const Deps& deps, const gateway::Call& call, const api::DescribeOrderableDBInstanceOptionsMessage& input);

}  // namespace countersign::rds
