// Which options of RDS have no effect here, and which databases have them: what `doctor` reads.
#pragma once

#include <string>
#include <vector>

#include "gateway/operation.h"
#include "generated/admin.h"
#include "services/admin/service.h"

namespace countersign::admin {

// Those of the caller's account, in every region.
Result<api::ListOptionsWithoutEffectResponse> list_options(const Deps& deps, const gateway::Call& call,
                                                           const gateway::Nothing& input);

}  // namespace countersign::admin
