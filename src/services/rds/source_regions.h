// DescribeSourceRegions: the other regions of the caller's partition.
#pragma once

#include "gateway/operation.h"
#include "generated/rds.h"
#include "services/rds/service.h"

namespace countersign::rds {

Result<api::SourceRegionMessage> describe_source_regions(const Deps& deps, const gateway::Call& call,
                                                         const api::DescribeSourceRegionsMessage& input);

}  // namespace countersign::rds
