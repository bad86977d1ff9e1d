// Operations that give users policies: inline ones, and attached managed ones.
#pragma once

#include "gateway/operation.h"
#include "generated/iam.h"
#include "iam/service.h"

namespace countersign::iam {

Result<gateway::Nothing> put_user_policy(const Surroundings& around, const gateway::Call& call,
                                         const api::PutUserPolicyRequest& input);
Result<api::GetUserPolicyResponse> get_user_policy(const Surroundings& around, const gateway::Call& call,
                                                   const api::GetUserPolicyRequest& input);
Result<api::ListUserPoliciesResponse> list_user_policies(const Surroundings& around,
                                                         const gateway::Call& call,
                                                         const api::ListUserPoliciesRequest& input);
Result<gateway::Nothing> delete_user_policy(const Surroundings& around, const gateway::Call& call,
                                            const api::DeleteUserPolicyRequest& input);
Result<gateway::Nothing> attach_user_policy(const Surroundings& around, const gateway::Call& call,
                                            const api::AttachUserPolicyRequest& input);
Result<gateway::Nothing> detach_user_policy(const Surroundings& around, const gateway::Call& call,
                                            const api::DetachUserPolicyRequest& input);
Result<api::ListAttachedUserPoliciesResponse> list_attached_user_policies(
    const Surroundings& around, const gateway::Call& call, const api::ListAttachedUserPoliciesRequest& input);
Result<api::ListEntitiesForPolicyResponse> list_entities_for_policy(
    const Surroundings& around, const gateway::Call& call, const api::ListEntitiesForPolicyRequest& input);

}  // namespace countersign::iam
