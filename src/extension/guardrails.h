// Operations on guardrails: what nobody in an account can exceed, judged as AWS judges service control
// policies. Every account begins with the guardrail FullAWSAccess, which restricts nothing.
#pragma once

#include "extension/service.h"
#include "gateway/operation.h"
#include "generated/extension.h"

namespace countersign::extension {

Result<gateway::Nothing> put_guardrail(const Surroundings& around, const gateway::Call& call,
                                       const api::PutGuardrailRequest& input);
Result<api::GetGuardrailResponse> get_guardrail(const Surroundings& around, const gateway::Call& call,
                                                const api::GetGuardrailRequest& input);
Result<api::ListGuardrailsResponse> list_guardrails(const Surroundings& around, const gateway::Call& call,
                                                    const api::ListGuardrailsRequest& input);
Result<gateway::Nothing> delete_guardrail(const Surroundings& around, const gateway::Call& call,
                                          const api::DeleteGuardrailRequest& input);

}  // namespace countersign::extension
