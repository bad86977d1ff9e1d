// Operations on who is in which group, and what all of the folder's files share.
#include <algorithm>

#include "base/text.h"
#include "identity_center/assignments.h"
#include "model/arn.h"
#include "model/keys.h"
#include "services/identitystore/operations.h"

namespace countersign::identitystore {

namespace keys = model::keys;

namespace {

using Membership = store::Stored<model::GroupMembership>;

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

// At both places where it is found besides its own.
std::vector<std::string> places_of(const std::string& store_id, const model::GroupMembership& membership) {
    return {keys::item(keys::group_members(store_id, membership.group), lower(membership.user)),
            keys::item(keys::user_groups(store_id, membership.user), lower(membership.group))};
}

Result<std::string> user_in(const api::MemberId& member) {
    if (!member.UserId) return invalid("MemberId names a UserId");
    return id_in(*member.UserId);
}

// The id of the membership; nothing where the user is not in the group.
Result<std::optional<std::string>> membership_id(store::Store& store, const std::string& store_id,
                                                 const std::string& group, const std::string& user) {
    const auto entry = TRY(store.get(keys::item(keys::group_members(store_id, group), user)));
    if (!entry) return std::optional<std::string>();
    return std::optional(entry->value);
}

Result<Membership> membership_of(store::Store& store, const std::string& store_id, const std::string& id) {
    auto stored = TRY(store::load<model::GroupMembership>(store, keys::membership(store_id, id)));
    if (!stored) return not_found("MEMBERSHIP");
    return *std::move(stored);
}

Result<std::vector<model::GroupMembership>> memberships_in(store::Store& store, const std::string& store_id,
                                                           const std::string& list) {
    std::vector<model::GroupMembership> all;
    const store::Page page = TRY(store::list_all(store, list));
    for (const store::Entry& entry : page.entries) {
        auto stored =
            TRY(store::load<model::GroupMembership>(store, keys::membership(store_id, entry.value)));
        if (stored) all.push_back(std::move(stored->record));
    }
    return all;
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

std::string new_id(const model::IdentityCenter& instance, crypto::Random& random) {
    return instance.identity_store.substr(2) + '-' + crypto::random_uuid(random);
}

Result<UserRecord> user_of(store::Store& store, const model::IdentityCenter& instance,
                           const std::string& id_or_arn) {
    auto found = TRY(identity_center::find_user(store, instance.identity_store, id_in(id_or_arn)));
    if (!found) return not_found("USER");
    return *std::move(found);
}

Result<GroupRecord> group_of(store::Store& store, const model::IdentityCenter& instance,
                             const std::string& id_or_arn) {
    auto found = TRY(identity_center::find_group(store, instance.identity_store, id_in(id_or_arn)));
    if (!found) return not_found("GROUP");
    return *std::move(found);
}

Result<std::vector<store::Write>> ended_memberships(store::Store& store, const std::string& identity_store,
                                                    const std::string& list) {
    std::vector<store::Write> writes;
    const auto memberships = TRY(memberships_in(store, identity_store, list));
    for (const auto& membership : memberships) {
        writes.push_back(store::erase(keys::membership(identity_store, membership.id)));
        for (const std::string& place : places_of(identity_store, membership))
            writes.push_back(store::erase(place));
    }
    return writes;
}

Result<std::vector<store::Write>> ended_assignments(store::Store& store, const std::string& identity_store,
                                                    const std::string& assignee) {
    std::vector<store::Write> writes;
    const auto assignments = TRY(identity_center::assignments_of_assignee(store, identity_store, assignee));
    for (const auto& one : assignments)
        std::ranges::move(identity_center::unassigned(identity_store, one), std::back_inserter(writes));
    return writes;
}

Result<void> commit_in_parts(store::Store& store, const store::Guard& guard,
                             const std::vector<store::Write>& writes) {
    std::size_t done = 0;
    while (writes.size() - done > store::operations_max) {
        const auto from = writes.begin() + static_cast<std::ptrdiff_t>(done);
        TRY(store.commit({{guard}, {from, from + static_cast<std::ptrdiff_t>(store::operations_max)}}));
        done += store::operations_max;
    }
    TRY(store.commit({{guard}, {writes.begin() + static_cast<std::ptrdiff_t>(done), writes.end()}}));
    return {};
}

Result<api::CreateGroupMembershipResponse> create_membership(const Deps& deps, const Call& call,
                                                             const api::CreateGroupMembershipRequest& input) {
    const auto instance = TRY(identity_store(deps, call, *input.IdentityStoreId)).record;
    const std::string& store_id = instance.identity_store;
    const std::string user_id = TRY(user_in(*input.MemberId));
    return store::retry_races([&]() -> Result<api::CreateGroupMembershipResponse> {
        const GroupRecord group = TRY(group_of(deps.store, instance, *input.GroupId));
        const UserRecord user = TRY(user_of(deps.store, instance, user_id));
        model::GroupMembership membership{new_id(instance, deps.random), group.record.id, user.record.id,
                                          call.now};
        if (TRY(membership_id(deps.store, store_id, membership.group, membership.user)))
            return conflict("Member and Group relationship already exists.");
        const auto places = places_of(store_id, membership);
        // Both records are written again, so that no deletion of either passes over this.
        store::Transaction transaction{
            {group.unchanged(), user.unchanged(), store::absent(places.front())},
            {store::put(keys::membership(store_id, membership.id), membership),
             store::put(group.key, group.record), store::put(user.key, user.record)}};
        for (const std::string& place : places) transaction.writes.push_back({place, membership.id});
        TRY(deps.store.commit(transaction));
        api::CreateGroupMembershipResponse answer;
        answer.IdentityStoreId = store_id;
        answer.MembershipId = membership.id;
        answer.MembershipArn = member_arn("membership", membership.id);
        return answer;
    });
}

Result<api::DescribeGroupMembershipResponse> describe_membership(
    const Deps& deps, const Call& call, const api::DescribeGroupMembershipRequest& input) {
    const auto instance = TRY(identity_store(deps, call, *input.IdentityStoreId)).record;
    return membership_shown<api::DescribeGroupMembershipResponse>(
        TRY(membership_of(deps.store, instance.identity_store, id_in(*input.MembershipId))).record);
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
    TRY(user_of(deps.store, instance, user));
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
    const GroupRecord group = TRY(group_of(deps.store, instance, *input.GroupId));
    const std::string list = keys::group_members(instance.identity_store, group.record.id);
    return membership_page<api::ListGroupMembershipsResponse>(
        TRY(memberships_in(deps.store, instance.identity_store, list)), input);
}

Result<api::ListGroupMembershipsForMemberResponse> list_memberships_of_member(
    const Deps& deps, const Call& call, const api::ListGroupMembershipsForMemberRequest& input) {
    const auto instance = TRY(identity_store(deps, call, *input.IdentityStoreId)).record;
    const std::string user_id = TRY(user_in(*input.MemberId));
    const UserRecord user = TRY(user_of(deps.store, instance, user_id));
    const std::string list = keys::user_groups(instance.identity_store, user.record.id);
    return membership_page<api::ListGroupMembershipsForMemberResponse>(
        TRY(memberships_in(deps.store, instance.identity_store, list)), input);
}

Result<api::DeleteGroupMembershipResponse> delete_membership(const Deps& deps, const Call& call,
                                                             const api::DeleteGroupMembershipRequest& input) {
    const auto instance = TRY(identity_store(deps, call, *input.IdentityStoreId)).record;
    const std::string& store_id = instance.identity_store;
    return store::retry_races([&]() -> Result<api::DeleteGroupMembershipResponse> {
        const Membership membership = TRY(membership_of(deps.store, store_id, id_in(*input.MembershipId)));
        store::Transaction transaction{{membership.unchanged()}, {store::erase(membership.key)}};
        for (const std::string& place : places_of(store_id, membership.record))
            transaction.writes.push_back(store::erase(place));
        TRY(deps.store.commit(transaction));
        return api::DeleteGroupMembershipResponse{};
    });
}

}  // namespace countersign::identitystore
