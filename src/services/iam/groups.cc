// Operations on groups and on who is in them. A user's record holds the ids of its groups; keys::member()
// says the same from the group's side, so that both can be listed without reading everybody.
#include <fmt/format.h>

#include <algorithm>

#include "model/ids.h"
#include "model/keys.h"
#include "services/iam/create.h"
#include "services/iam/entities.h"
#include "services/iam/operation_registry.h"
#include "services/iam/paging.h"
#include "services/iam/user_operations.h"

namespace countersign::iam {

namespace keys = model::keys;
namespace ops = api::ops;
using gateway::Call;
using gateway::Nothing;

namespace {

constexpr std::size_t groups_per_user_max = 10;

Error group_exists(const std::string& name) {
    return Error{Fault::exists, fmt::format("Group with name {} already exists.", name),
                 "EntityAlreadyExists"};
}

Result<api::CreateGroupResponse> create_group(const Deps& deps, const Call& call,
                                              const api::CreateGroupRequest& input) {
    model::Group group;
    group.name = *input.GroupName;
    group.path = TRY(path_of(input.Path));
    group.id = model::new_unique_id("AGPA", deps.random);
    group.created = call.now;
    const std::string key = keys::group(call.account(), group.name);
    const std::string id_key = keys::group_name(call.account(), group.id);
    const store::Transaction with_id{{store::absent(id_key)}, {store::Write{id_key, group.name}}};
    TRY(store::retry_races(
        [&] { return create_record(deps.store, key, group, group_exists(group.name), with_id); }));
    api::CreateGroupResponse answer;
    answer.Group = to_api(call.account(), group);
    return answer;
}

// Who is in a group, as the store lists them: the name of each is the value.
Result<std::vector<store::Entry>> members_of(store::Store& store, const std::string& account,
                                             const std::string& group_id) {
    return TRY(store::list_all(store, keys::members(account, group_id))).entries;
}

Result<api::GetGroupResponse> get_group(const Deps& deps, const Call& call,
                                        const api::GetGroupRequest& input) {
    const auto stored = TRY(find_group(deps.store, call.account(), *input.GroupName));
    const std::string list = keys::members(call.account(), stored.record.id);
    store::ListOptions wanted{.entries_max = items_wanted(input.MaxItems)};
    if (input.Marker) {
        const auto after = store::key_of(*input.Marker, list);
        if (!after) return invalid_marker();
        wanted.after = *after;
    }
    const store::Page members = TRY(deps.store.list(list, wanted));
    api::GetGroupResponse answer;
    answer.Group = to_api(call.account(), stored.record);
    for (const store::Entry& member : members.entries) {
        const auto user = TRY(store::load<model::User>(deps.store, keys::user(call.account(), member.value)));
        if (user) answer.Users.push_back(shown_in_list(call.account(), user->record));
    }
    answer.IsTruncated = members.more;
    if (members.more) answer.Marker = store::marker_of(members.entries.back().key);
    return answer;
}

template <class Answer>
Answer groups_answer(const Call& call, const PageOf<store::Stored<model::Group>>& shown_page) {
    Answer answer;
    for (const auto& group : shown_page.items) answer.Groups.push_back(to_api(call.account(), group.record));
    put_page(answer, shown_page);
    return answer;
}

Result<api::ListGroupsResponse> list_groups(const Deps& deps, const Call& call,
                                            const api::ListGroupsRequest& input) {
    return groups_answer<api::ListGroupsResponse>(
        call,
        TRY(stored_page<model::Group>(deps.store, keys::groups(call.account()), input, below_path(input))));
}

Result<api::ListGroupsForUserResponse> list_groups_for_user(const Deps& deps, const Call& call,
                                                            const api::ListGroupsForUserRequest& input) {
    const auto user = TRY(find_user(deps.store, call.account(), *input.UserName));
    auto groups = TRY(groups_of(deps.store, call.account(), user.record));
    return groups_answer<api::ListGroupsForUserResponse>(
        call,
        TRY(page(
            std::move(groups), [](const auto& group) { return group.key; }, input.Marker, input.MaxItems)));
}

// Members are known by the group's id, so a new name touches nothing of them.
Result<Nothing> rename_group(const Deps& deps, const Call& call, const api::UpdateGroupRequest& input) {
    const auto stored = TRY(find_group(deps.store, call.account(), *input.GroupName));
    model::Group group = stored.record;
    group.path = TRY(path_of(input.NewPath, group.path));
    group.name = input.NewGroupName.value_or(group.name);
    const std::string key = keys::group(call.account(), group.name);
    store::Transaction change{
        {stored.unchanged()},
        {store::put(key, group), store::Write{keys::group_name(call.account(), group.id), group.name}}};
    if (key != stored.key) {
        const auto taken = TRY(deps.store.get(key));
        if (taken) return group_exists(group.name);
        change.guards.push_back(store::absent(key));
        change.writes.push_back(store::erase(stored.key));
    }
    TRY(deps.store.commit(change));
    return Nothing{};
}

Result<Nothing> update_group(const Deps& deps, const Call& call, const api::UpdateGroupRequest& input) {
    return store::retry_races([&] { return rename_group(deps, call, input); });
}

Result<Nothing> delete_group(const Deps& deps, const Call& call, const api::DeleteGroupRequest& input) {
    return store::retry_races([&]() -> Result<Nothing> {
        const auto stored = TRY(find_group(deps.store, call.account(), *input.GroupName));
        const model::Group& group = stored.record;
        const auto members = TRY(members_of(deps.store, call.account(), group.id));
        if (!members.empty()) return must_first("remove users from group");
        if (!group.inline_policies.empty()) return must_first("delete policies");
        if (!group.attached_policies.empty()) return must_first("detach all policies");
        TRY(deps.store.commit(
            {{stored.unchanged()},
             {store::erase(stored.key), store::erase(keys::group_name(call.account(), group.id))}}));
        return Nothing{};
    });
}

// Both records are written, so that neither is deleted, nor the user renamed, while the one comes into the
// other.
Result<Nothing> add_user_to_group(const Deps& deps, const Call& call,
                                  const api::AddUserToGroupRequest& input) {
    return store::retry_races([&]() -> Result<Nothing> {
        auto user = TRY(find_user(deps.store, call.account(), *input.UserName));
        const auto group = TRY(find_group(deps.store, call.account(), *input.GroupName));
        std::vector<std::string>& groups = user.record.groups;
        if (std::ranges::count(groups, group.record.id) > 0) return Nothing{};
        if (groups.size() >= groups_per_user_max)
            return Error{Fault::conflict,
                         fmt::format("Cannot exceed quota for GroupsPerUser: {}", groups_per_user_max),
                         "LimitExceeded"};
        groups.push_back(group.record.id);
        const std::string member = keys::member(call.account(), group.record.id, user.record.name);
        TRY(deps.store.commit({{user.unchanged(), group.unchanged()},
                               {store::put(user.key, user.record), store::put(group.key, group.record),
                                store::Write{member, user.record.name}}}));
        return Nothing{};
    });
}

// One who is not in the group is out of it already.
Result<Nothing> remove_user_from_group(const Deps& deps, const Call& call,
                                       const api::RemoveUserFromGroupRequest& input) {
    return store::retry_races([&]() -> Result<Nothing> {
        const auto group = TRY(find_group(deps.store, call.account(), *input.GroupName));
        auto user = TRY(find_user(deps.store, call.account(), *input.UserName));
        if (std::erase(user.record.groups, group.record.id) == 0) return Nothing{};
        const std::string member = keys::member(call.account(), group.record.id, user.record.name);
        TRY(deps.store.commit(
            {{user.unchanged()}, {store::put(user.key, user.record), store::erase(member)}}));
        return Nothing{};
    });
}

std::vector<std::string> created_group(const Call& call, const api::CreateGroupRequest& input) {
    return below_account(call, "group", input.Path.value_or("/"), *input.GroupName);
}

std::vector<std::string> all_groups(const Call& call, const api::ListGroupsRequest& input) {
    return below_account(call, "group", input.PathPrefix.value_or("/"), "");
}

gateway::Resources<ops::UpdateGroup> updated_group(store::Store& store) {
    return [&store](const Call& call, const api::UpdateGroupRequest& input) {
        return and_moved(call, group_resource(store, call, *input.GroupName),
                         {"group", input.NewPath, input.NewGroupName.value_or(*input.GroupName)});
    };
}

}  // namespace

Rows group_operations(const Deps& deps) {
    return {
        on_group<ops::AddUserToGroup>(deps, add_user_to_group),
        row<ops::CreateGroup>(deps, created_group, create_group),
        on_group<ops::DeleteGroup>(deps, delete_group),
        on_group<ops::GetGroup>(deps, get_group),
        row<ops::ListGroups>(deps, all_groups, list_groups),
        on_tagged_user<ops::ListGroupsForUser>(deps, list_groups_for_user),
        on_group<ops::RemoveUserFromGroup>(deps, remove_user_from_group),
        row<ops::UpdateGroup>(deps, updated_group(deps.store), update_group),
    };
}

}  // namespace countersign::iam
