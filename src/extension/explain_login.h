// Why a login would be allowed or refused: what login::judge() asks of a principal's policies, with its
// trail.
#pragma once

#include "extension/service.h"
#include "gateway/operation.h"
#include "generated/extension.h"

namespace countersign::extension {

Result<api::ExplainLoginResponse> explain_login(const Surroundings& around, const gateway::Call& call,
                                                const api::ExplainLoginRequest& input);

}  // namespace countersign::extension
