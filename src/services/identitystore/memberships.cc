// Operations on who is in which group, and what all of the folder's files share.
#include <algorithm>

#include "base/text.h"
#include "identity_center/assignments.h"
#include "model/arn.h"
#include "model/identity_center_keys.h"
#include "services/identitystore/operations.h"

namespace countersign::identitystore {

namespace keys = model::keys;

namespace {

template <class Answer>
Answer membership_shown(const model::GroupMembership& membership) {
    Answer answer;
    answer.IdentityStoreId = identity_center::identity_store_of(membership.id);
    answer.MembershipId = membership.id;
    answer.MembershipArn = member_arn("membership", membership.id);
    answer.GroupId = membership.group;
    answer.MemberId.emplace().UserId = membership.user;
    answer.CreatedAt = membership.created;
    answer.UpdatedAt = membership.created;
    return answer;
}

Result<std::string> user_in(const api::MemberId& member) {
    if (!member.UserId) return invalid("MemberId names a UserId");
    return id_in(*member.UserId);
}

template <class Answer, class Input>
Result<Answer> membership_page(std::vector<model::GroupMembership> all, const Input& input) {
    const auto shown_page = TRY(page(
        std::move(all), [](const model::GroupMembership& one) { return one.id; }, input));
    Answer answer;
    for (const model::GroupMembership& one : shown_page.items)
        answer.GroupMemberships.push_back(membership_shown<api::GroupMembership>(one));
    answer.NextToken = shown_page.next;
    return answer;
}

}  // namespace

Result<identity_center::Instance> identity_store(const Deps& deps, const Call& call,
                                                 const std::string& id_or_arn) {
    auto found = TRY(identity_center::find_by_identity_store(deps.store, id_or_arn));
    if (!found || found->record.account != call.account()) return not_found("IDENTITY_STORE");
    return *std::move(found);
}

std::string id_in(const std::string& id_or_arn) {
    return lower(id_or_arn.substr(id_or_arn.rfind('/') + 1));
}

std::string member_arn(std::string_view kind, std::string_view id) {
    return model::global_arn("identitystore", "", std::string(kind) + '/' + std::string(id));
}

Result<api::CreateGroupMembershipResponse> create_membership(const Deps& deps, const Call& call,
                                                             const api::CreateGroupMembershipRequest& input) {
    const auto instance = TRY(identity_store(deps, call, *input.IdentityStoreId)).record;
    const std::string user_id = TRY(user_in(*input.MemberId));
    const auto membership = TRY(
        add_member({deps.store, deps.random, instance.identity_store, call.now}, *input.GroupId, user_id));
    api::CreateGroupMembershipResponse answer;
    answer.IdentityStoreId = instance.identity_store;
    answer.MembershipId = membership.id;
    answer.MembershipArn = member_arn("membership", membership.id);
    return answer;
}

Result<api::DescribeGroupMembershipResponse> describe_membership(
    const Deps& deps, const Call& call, const api::DescribeGroupMembershipRequest& input) {
    const auto instance = TRY(identity_store(deps, call, *input.IdentityStoreId)).record;
    return membership_shown<api::DescribeGroupMembershipResponse>(
        TRY(membership_of(deps.store, instance.identity_store, *input.MembershipId)).record);
}

Result<api::GetGroupMembershipIdResponse> get_membership_id(const Deps& deps, const Call& call,
                                                            const api::GetGroupMembershipIdRequest& input) {
    const auto instance = TRY(identity_store(deps, call, *input.IdentityStoreId)).record;
    const std::string user = TRY(user_in(*input.MemberId));
    const auto id = TRY(membership_id(deps.store, instance.identity_store, id_in(*input.GroupId), user));
    if (!id) return not_found("MEMBERSHIP");
    api::GetGroupMembershipIdResponse answer;
    answer.IdentityStoreId = instance.identity_store;
    answer.MembershipId = *id;
    answer.MembershipArn = member_arn("membership", *id);
    return answer;
}

Result<api::IsMemberInGroupsResponse> is_member_in_groups(const Deps& deps, const Call& call,
                                                          const api::IsMemberInGroupsRequest& input) {
    const auto instance = TRY(identity_store(deps, call, *input.IdentityStoreId)).record;
    const std::string user = TRY(user_in(*input.MemberId));
    TRY(user_of(deps.store, instance.identity_store, user));
    api::IsMemberInGroupsResponse answer;
    for (const std::string& named : *input.GroupIds) {
        const std::string group = id_in(named);
        api::GroupMembershipExistenceResult& result = answer.Results.emplace_back();
        result.GroupId = group;
        result.MemberId.emplace().UserId = user;
        const auto membership = TRY(membership_id(deps.store, instance.identity_store, group, user));
        result.MembershipExists = membership.has_value();
    }
    return answer;
}

Result<api::ListGroupMembershipsResponse> list_memberships(const Deps& deps, const Call& call,
                                                           const api::ListGroupMembershipsRequest& input) {
    const auto instance = TRY(identity_store(deps, call, *input.IdentityStoreId)).record;
    const GroupRecord group = TRY(group_of(deps.store, instance.identity_store, *input.GroupId));
    const std::string list = keys::group_members(instance.identity_store, group.record.id);
    return membership_page<api::ListGroupMembershipsResponse>(
        TRY(memberships_in(deps.store, instance.identity_store, list)), input);
}

Result<api::ListGroupMembershipsForMemberResponse> list_memberships_of_member(
    const Deps& deps, const Call& call, const api::ListGroupMembershipsForMemberRequest& input) {
    const auto instance = TRY(identity_store(deps, call, *input.IdentityStoreId)).record;
    const std::string user_id = TRY(user_in(*input.MemberId));
    const UserRecord user = TRY(user_of(deps.store, instance.identity_store, user_id));
    const std::string list = keys::user_groups(instance.identity_store, user.record.id);
    return membership_page<api::ListGroupMembershipsForMemberResponse>(
        TRY(memberships_in(deps.store, instance.identity_store, list)), input);
}

Result<api::DeleteGroupMembershipResponse> delete_membership(const Deps& deps, const Call& call,
                                                             const api::DeleteGroupMembershipRequest& input) {
    const auto instance = TRY(identity_store(deps, call, *input.IdentityStoreId)).record;
    TRY(remove_membership({deps.store, deps.random, instance.identity_store, call.now}, *input.MembershipId));
    return api::DeleteGroupMembershipResponse{};
}

}  // namespace countersign::identitystore
