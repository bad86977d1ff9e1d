// What an account may have of RDS in a region: one table of RDS's quotas, by the names that
// DescribeAccountAttributes shows them with. Source: RDS API Reference, AccountQuota; RDS User Guide, "Quotas
// and constraints".
#pragma once

#include <cstdint>
#include <string_view>

#include "gateway/operation.h"
#include "generated/rds.h"
#include "model/rds_quotas.h"
#include "services/rds/service.h"

namespace countersign::rds {

// How many there may be, by the server's options or by default.
std::size_t most(const Deps& deps, std::string_view quota);

Result<api::AccountAttributesMessage> describe_account_attributes(
    const Deps& deps, const gateway::Call& call, const api::DescribeAccountAttributesMessage& input);

}  // namespace countersign::rds
