// Option groups: the default one of each engine and major version that is installed. PostgreSQL has no
// options.
#pragma once

#include "gateway/operation.h"
#include "generated/rds.h"
#include "services/rds/service.h"

namespace countersign::rds {

Result<api::OptionGroups> describe_option_groups(const Deps& deps, const gateway::Call& call,
                                                 const api::DescribeOptionGroupsMessage& input);
Result<api::OptionGroupOptionsMessage> describe_option_group_options(
    const Deps& deps, const gateway::Call& call, const api::DescribeOptionGroupOptionsMessage& input);

}  // namespace countersign::rds
