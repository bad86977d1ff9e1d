// Operations on users: create, get, list, update, delete, tags, permissions boundary.
#include <fmt/format.h>

#include "access/unique_ids.h"
#include "model/ids.h"
#include "model/keys.h"
#include "services/iam/access_keys.h"
#include "services/iam/change.h"
#include "services/iam/create.h"
#include "services/iam/entities.h"
#include "services/iam/operation_registry.h"
#include "services/iam/paging.h"
#include "services/iam/tag_records.h"
#include "services/iam/tags.h"
#include "services/iam/user_credentials.h"
#include "services/iam/user_operations.h"

namespace countersign::iam {

namespace keys = model::keys;
namespace ops = api::ops;
using gateway::Call;
using gateway::Nothing;

namespace {

Error user_exists(const std::string& name) {
    return Error{Fault::exists, fmt::format("User with name {} already exists.", name),
                 "EntityAlreadyExists"};
}

// The virtual MFA devices that are enabled for a user.
Result<std::vector<store::Stored<model::MfaDevice>>> devices_of(store::Store& store,
                                                                const std::string& account,
                                                                const std::string& user) {
    auto devices = TRY(store::load_all<model::MfaDevice>(store, keys::mfa_devices(account)));
    std::erase_if(devices, [&](const auto& device) { return lower(device.record.user) != lower(user); });
    return devices;
}

Result<void> move_devices(store::Store& store, const std::string& account, const Renaming& user,
                          store::Transaction& change) {
    for (auto& device : TRY(devices_of(store, account, user.from))) {
        change.guards.push_back(device.unchanged());
        device.record.user = user.to;
        change.writes.push_back(store::put(device.key, device.record));
    }
    return {};
}

void move_memberships(const std::string& account, const std::vector<std::string>& groups,
                      const Renaming& user, store::Transaction& change) {
    for (const std::string& group : groups) {
        const std::string old = keys::member(account, group, user.from);
        const std::string now = keys::member(account, group, user.to);
        if (old != now) change.writes.push_back(store::erase(old));
        change.writes.push_back(store::Write{now, user.to});
    }
}

Result<Nothing> rename_user(const Deps& deps, const Call& call, const api::UpdateUserRequest& input) {
    const auto stored = TRY(find_user(deps.store, call.account(), *input.UserName));
    model::User user = stored.record;
    user.path = TRY(path_of(input.NewPath, user.path));
    user.name = input.NewUserName.value_or(user.name);
    const std::string key = keys::user(call.account(), user.name);
    store::Transaction change{{stored.unchanged()},
                              {store::put(key, user), access::noted_id(call.account(), user)}};
    if (key != stored.key) {
        const auto taken = TRY(deps.store.get(key));
        if (taken) return user_exists(user.name);
        change.guards.push_back(store::absent(key));
        change.writes.push_back(store::erase(stored.key));
    }
    const Renaming renaming{stored.record.name, user.name};
    if (renaming.from != renaming.to) {
        move_memberships(call.account(), user.groups, renaming, change);
        TRY(move_devices(deps.store, call.account(), renaming, change));
        TRY(move_keys(deps.store, call.account(), renaming, change));
        TRY(move_credentials(deps.store, call.account(), renaming, change));
    }
    TRY(deps.store.commit(change));
    return Nothing{};
}

Result<api::CreateUserResponse> create_user(const Deps& deps, const Call& call,
                                            const api::CreateUserRequest& input) {
    model::User user;
    user.name = *input.UserName;
    user.path = TRY(path_of(input.Path));
    user.id = model::new_unique_id("AIDA", deps.random);
    user.created = call.now;
    user.tags = TRY(tagged({}, input.Tags.value_or(std::vector<api::Tag>())));
    user.permissions_boundary = input.PermissionsBoundary.value_or("");
    const auto create = [&]() -> Result<void> {
        store::Transaction more{{}, {access::noted_id(call.account(), user)}};
        if (!user.permissions_boundary.empty())
            TRY(hold_boundary(deps.store, call.account(), user.permissions_boundary, more));
        const std::string key = keys::user(call.account(), user.name);
        return create_record(deps.store, key, user, user_exists(user.name), std::move(more));
    };
    TRY(store::retry_races(create));
    api::CreateUserResponse answer;
    answer.User = to_api(call.account(), user);
    return answer;
}

Result<api::GetUserResponse> get_user(const Deps& deps, const Call& call, const api::GetUserRequest& input) {
    api::GetUserResponse answer;
    const std::string name = TRY(user_meant(call, input.UserName));
    if (name.empty()) {
        const access::Principal& root = call.caller.principal();
        answer.User.emplace();
        answer.User->Path = "/";
        answer.User->UserName = "root";
        answer.User->UserId = root.id;
        answer.User->Arn = root.arn;
        return answer;
    }
    answer.User = to_api(call.account(), TRY(find_user(deps.store, call.account(), name)).record);
    return answer;
}

Result<api::ListUsersResponse> list_users(const Deps& deps, const Call& call,
                                          const api::ListUsersRequest& input) {
    const auto shown_page =
        TRY(stored_page<model::User>(deps.store, keys::users(call.account()), input, below_path(input)));
    api::ListUsersResponse answer;
    for (const auto& user : shown_page.items)
        answer.Users.push_back(shown_in_list(call.account(), user.record));
    put_page(answer, shown_page);
    return answer;
}

Result<Nothing> update_user(const Deps& deps, const Call& call, const api::UpdateUserRequest& input) {
    return store::retry_races([&] { return rename_user(deps, call, input); });
}

// What comes into a user's possession rewrites its record, so the guard on that sees it.
Result<void> check_bare(const Deps& deps, const Call& call, const model::User& user) {
    if (user.login_profile) return must_first("delete login profile");
    const auto keys_left = TRY(deps.store.list(keys::user_keys(call.account(), user.name), {}));
    if (!keys_left.entries.empty()) return must_first("delete access keys");
    const auto devices = TRY(devices_of(deps.store, call.account(), user.name));
    if (!devices.empty()) return must_first("delete MFA device");
    TRY(check_no_credentials(deps.store, call.account(), user.name));
    if (!user.inline_policies.empty()) return must_first("delete policies");
    if (!user.attached_policies.empty()) return must_first("detach all policies");
    if (!user.groups.empty()) return must_first("remove users from group");
    return {};
}

Result<Nothing> delete_user(const Deps& deps, const Call& call, const api::DeleteUserRequest& input) {
    return store::retry_races([&]() -> Result<Nothing> {
        const auto stored = TRY(find_user(deps.store, call.account(), *input.UserName));
        TRY(check_bare(deps, call, stored.record));
        TRY(deps.store.commit(
            {{stored.unchanged()}, {store::erase(stored.key), access::forgotten_id(stored.record.id)}}));
        return Nothing{};
    });
}

Result<Nothing> put_boundary(const Deps& deps, const Call& call,
                             const api::PutUserPermissionsBoundaryRequest& input) {
    const auto put = [&](model::User& user, store::Transaction& change) -> Result<void> {
        user.permissions_boundary = *input.PermissionsBoundary;
        return hold_boundary(deps.store, call.account(), user.permissions_boundary, change);
    };
    return change_record<find_user>(deps, call, *input.UserName, put);
}

Result<Nothing> delete_boundary(const Deps& deps, const Call& call,
                                const api::DeleteUserPermissionsBoundaryRequest& input) {
    const auto remove = [](model::User& user, store::Transaction&) -> Result<void> {
        user.permissions_boundary.clear();
        return {};
    };
    return change_record<find_user>(deps, call, *input.UserName, remove);
}

Result<Nothing> tag_user(const Deps& deps, const Call& call, const api::TagUserRequest& input) {
    return tag_record<find_user>(deps, call, *input.UserName, *input.Tags);
}

Result<Nothing> untag_user(const Deps& deps, const Call& call, const api::UntagUserRequest& input) {
    return untag_record<find_user>(deps, call, *input.UserName, *input.TagKeys);
}

Result<api::ListUserTagsResponse> list_user_tags(const Deps& deps, const Call& call,
                                                 const api::ListUserTagsRequest& input) {
    const auto stored = TRY(find_user(deps.store, call.account(), *input.UserName));
    return tags_page<api::ListUserTagsResponse>(stored.record.tags, input);
}

std::vector<std::string> created_user(const Call& call, const api::CreateUserRequest& input) {
    return below_account(call, "user", input.Path.value_or("/"), *input.UserName);
}

std::vector<std::string> all_users(const Call& call, const api::ListUsersRequest& input) {
    return below_account(call, "user", input.PathPrefix.value_or("/"), "");
}

gateway::Resources<ops::UpdateUser> updated_user(store::Store& store) {
    return [&store](const Call& call, const api::UpdateUserRequest& input) {
        return and_moved(call, user_resource(store, call, input.UserName),
                         {"user", input.NewPath, input.NewUserName.value_or(*input.UserName)});
    };
}

template <class Op>
gateway::Operation with_users_boundary(const Deps& deps, gateway::Operation operation) {
    return with_boundary<Op>(std::move(operation),
                             [&store = deps.store](const Call& call, const typename Op::Input& input) {
                                 return find_user(store, call.account(), *input.UserName);
                             });
}

}  // namespace

Rows user_operations(const Deps& deps) {
    using Create = ops::CreateUser;
    using Unbind = ops::DeleteUserPermissionsBoundary;
    using Bind = ops::PutUserPermissionsBoundary;
    return {
        with_users_boundary<Create>(deps,
                                    with_request_tags<Create>(row<Create>(deps, created_user, create_user))),
        on_tagged_user<ops::DeleteUser>(deps, delete_user),
        with_users_boundary<Unbind>(deps, on_tagged_user<Unbind>(deps, delete_boundary)),
        on_tagged_user<ops::GetUser>(deps, get_user),
        on_tagged_user<ops::ListUserTags>(deps, list_user_tags),
        row<ops::ListUsers>(deps, all_users, list_users),
        with_users_boundary<Bind>(deps, on_tagged_user<Bind>(deps, put_boundary)),
        on_tagged_user<ops::TagUser>(deps, tag_user),
        on_tagged_user<ops::UntagUser>(deps, untag_user),
        row<ops::UpdateUser>(deps, updated_user(deps.store), update_user),
    };
}

}  // namespace countersign::iam
