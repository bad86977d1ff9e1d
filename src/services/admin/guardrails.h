// Operations on guardrails: what nobody in an account can exceed, judged as AWS judges service control
// policies. Every account begins with the guardrail FullAWSAccess, which restricts nothing.
#pragma once

#include "gateway/operation.h"
#include "generated/admin.h"
#include "services/admin/service.h"

namespace countersign::admin {

Result<gateway::Nothing> put_guardrail(const Deps& deps, const gateway::Call& call,
                                       const api::PutGuardrailRequest& input);
Result<api::GetGuardrailResponse> get_guardrail(const Deps& deps, const gateway::Call& call,
                                                const api::GetGuardrailRequest& input);
Result<api::ListGuardrailsResponse> list_guardrails(const Deps& deps, const gateway::Call& call,
                                                    const api::ListGuardrailsRequest& input);
Result<gateway::Nothing> delete_guardrail(const Deps& deps, const gateway::Call& call,
                                          const api::DeleteGuardrailRequest& input);

}  // namespace countersign::admin
