// The operations, each kind in the file of its name, and what they share. service.cc puts them together.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/operation.h"
#include "gateway/paging.h"
#include "generated/identitystore.h"
#include "identity_center/directory.h"
#include "identity_center/instances.h"
#include "services/identitystore/changes.h"
#include "services/identitystore/service.h"

namespace countersign::identitystore {

using gateway::Call;
using gateway::Nothing;

inline Error not_found(std::string_view what) {
    return {Fault::not_found, std::string(what) + " not found.", "ResourceNotFoundException"};
}
inline Error conflict(std::string message) {
    return {Fault::exists, std::move(message), "ConflictException"};
}
inline Error invalid(std::string message) {
    return {Fault::invalid, std::move(message), "ValidationException"};
}

// The identity store that a request names by id or ARN, of the caller's account: another account's is none.
Result<identity_center::Instance> identity_store(const Deps& deps, const Call& call,
                                                 const std::string& id_or_arn);

// A user's, group's or membership's id, where a request may give its ARN as well; in small letters.
std::string id_in(const std::string& id_or_arn);
// `kind` is user, group or membership.
std::string member_arn(std::string_view kind, std::string_view id);

// Pages of a list, in the order of `place`.
template <class Item, class Place, class Input>
Result<gateway::PageOf<Item>> page(std::vector<Item> items, Place place, const Input& input) {
    constexpr std::int64_t items_max = 100;
    return gateway::page_of(
        std::move(items), place,
        gateway::PageRequest{input.NextToken, static_cast<std::size_t>(input.MaxResults.value_or(items_max)),
                             "ValidationException"});
}

// users.cc
Result<api::CreateUserResponse> create_user(const Deps&, const Call&, const api::CreateUserRequest&);
Result<api::DescribeUserResponse> describe_user(const Deps&, const Call&, const api::DescribeUserRequest&);
Result<api::GetUserIdResponse> get_user_id(const Deps&, const Call&, const api::GetUserIdRequest&);
Result<api::ListUsersResponse> list_users(const Deps&, const Call&, const api::ListUsersRequest&);
Result<api::UpdateUserResponse> update_user(const Deps&, const Call&, const api::UpdateUserRequest&);
Result<api::DeleteUserResponse> delete_user(const Deps&, const Call&, const api::DeleteUserRequest&);

// groups.cc
Result<api::CreateGroupResponse> create_group(const Deps&, const Call&, const api::CreateGroupRequest&);
Result<api::DescribeGroupResponse> describe_group(const Deps&, const Call&, const api::DescribeGroupRequest&);
Result<api::GetGroupIdResponse> get_group_id(const Deps&, const Call&, const api::GetGroupIdRequest&);
Result<api::ListGroupsResponse> list_groups(const Deps&, const Call&, const api::ListGroupsRequest&);
Result<api::UpdateGroupResponse> update_group(const Deps&, const Call&, const api::UpdateGroupRequest&);
Result<api::DeleteGroupResponse> delete_group(const Deps&, const Call&, const api::DeleteGroupRequest&);

// memberships.cc
Result<api::CreateGroupMembershipResponse> create_membership(const Deps&, const Call&,
                                                             const api::CreateGroupMembershipRequest&);
Result<api::DescribeGroupMembershipResponse> describe_membership(const Deps&, const Call&,
                                                                 const api::DescribeGroupMembershipRequest&);
Result<api::GetGroupMembershipIdResponse> get_membership_id(const Deps&, const Call&,
                                                            const api::GetGroupMembershipIdRequest&);
Result<api::IsMemberInGroupsResponse> is_member_in_groups(const Deps&, const Call&,
                                                          const api::IsMemberInGroupsRequest&);
Result<api::ListGroupMembershipsResponse> list_memberships(const Deps&, const Call&,
                                                           const api::ListGroupMembershipsRequest&);
Result<api::ListGroupMembershipsForMemberResponse> list_memberships_of_member(
    const Deps&, const Call&, const api::ListGroupMembershipsForMemberRequest&);
Result<api::DeleteGroupMembershipResponse> delete_membership(const Deps&, const Call&,
                                                             const api::DeleteGroupMembershipRequest&);

}  // namespace countersign::identitystore
