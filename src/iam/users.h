// Operations on users: create, get, list, update, delete, tags.
#pragma once

#include "gateway/operation.h"
#include "generated/iam.h"
#include "iam/service.h"

namespace countersign::iam {

Result<api::CreateUserResponse> create_user(const Surroundings& around, const gateway::Call& call,
                                            const api::CreateUserRequest& input);
Result<api::GetUserResponse> get_user(const Surroundings& around, const gateway::Call& call,
                                      const api::GetUserRequest& input);
Result<api::ListUsersResponse> list_users(const Surroundings& around, const gateway::Call& call,
                                          const api::ListUsersRequest& input);
Result<gateway::Nothing> update_user(const Surroundings& around, const gateway::Call& call,
                                     const api::UpdateUserRequest& input);
Result<gateway::Nothing> delete_user(const Surroundings& around, const gateway::Call& call,
                                     const api::DeleteUserRequest& input);
Result<gateway::Nothing> tag_user(const Surroundings& around, const gateway::Call& call,
                                  const api::TagUserRequest& input);
Result<gateway::Nothing> untag_user(const Surroundings& around, const gateway::Call& call,
                                    const api::UntagUserRequest& input);
Result<api::ListUserTagsResponse> list_user_tags(const Surroundings& around, const gateway::Call& call,
                                                 const api::ListUserTagsRequest& input);
Result<api::ListGroupsForUserResponse> list_groups_for_user(const Surroundings& around,
                                                            const gateway::Call& call,
                                                            const api::ListGroupsForUserRequest& input);

}  // namespace countersign::iam
