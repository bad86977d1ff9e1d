// Operations on customer-managed policies and their versions.
#pragma once

#include "gateway/operation.h"
#include "generated/iam.h"
#include "iam/service.h"

namespace countersign::iam {

Result<api::CreatePolicyResponse> create_policy(const Surroundings& around, const gateway::Call& call,
                                                const api::CreatePolicyRequest& input);
Result<api::GetPolicyResponse> get_policy(const Surroundings& around, const gateway::Call& call,
                                          const api::GetPolicyRequest& input);
Result<api::ListPoliciesResponse> list_policies(const Surroundings& around, const gateway::Call& call,
                                                const api::ListPoliciesRequest& input);
Result<gateway::Nothing> delete_policy(const Surroundings& around, const gateway::Call& call,
                                       const api::DeletePolicyRequest& input);
Result<api::CreatePolicyVersionResponse> create_policy_version(const Surroundings& around,
                                                               const gateway::Call& call,
                                                               const api::CreatePolicyVersionRequest& input);
Result<api::GetPolicyVersionResponse> get_policy_version(const Surroundings& around,
                                                         const gateway::Call& call,
                                                         const api::GetPolicyVersionRequest& input);
Result<api::ListPolicyVersionsResponse> list_policy_versions(const Surroundings& around,
                                                             const gateway::Call& call,
                                                             const api::ListPolicyVersionsRequest& input);
Result<gateway::Nothing> delete_policy_version(const Surroundings& around, const gateway::Call& call,
                                               const api::DeletePolicyVersionRequest& input);
Result<gateway::Nothing> set_default_policy_version(const Surroundings& around, const gateway::Call& call,
                                                    const api::SetDefaultPolicyVersionRequest& input);
Result<gateway::Nothing> tag_policy(const Surroundings& around, const gateway::Call& call,
                                    const api::TagPolicyRequest& input);
Result<gateway::Nothing> untag_policy(const Surroundings& around, const gateway::Call& call,
                                      const api::UntagPolicyRequest& input);
Result<api::ListPolicyTagsResponse> list_policy_tags(const Surroundings& around, const gateway::Call& call,
                                                     const api::ListPolicyTagsRequest& input);

}  // namespace countersign::iam
