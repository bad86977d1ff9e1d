#include "iam/users.h"

#include <fmt/format.h>

#include "iam/access_keys.h"
#include "iam/entities.h"
#include "iam/nouns.h"
#include "iam/paging.h"
#include "iam/tags.h"
#include "model/ids.h"
#include "model/keys.h"

namespace countersign::iam {

namespace keys = model::keys;
using gateway::Call;
using gateway::Nothing;

namespace {

Error user_exists(const std::string& name) {
    return Error{Fault::exists, fmt::format("User with name {} already exists.", name),
                 "EntityAlreadyExists"};
}

Error must_first(std::string_view what) {
    return Error{Fault::conflict, fmt::format("Cannot delete entity, must {} first.", what),
                 "DeleteConflict"};
}

// Changes a user's record by `change` and writes it back, again where another writer was faster.
template <class Change>
Result<Nothing> change_user(const Surroundings& around, const Call& call, const std::string& name,
                            Change change) {
    return store::retry_races([&]() -> Result<Nothing> {
        auto stored = TRY(find_user(around.store, call.account(), name));
        TRY(change(stored.record));
        TRY(around.store.commit({{stored.unchanged()}, {store::put(stored.key, stored.record)}}));
        return Nothing{};
    });
}

Result<Nothing> rename_user(const Surroundings& around, const Call& call,
                            const api::UpdateUserRequest& input) {
    const auto stored = TRY(find_user(around.store, call.account(), *input.UserName));
    model::User user = stored.record;
    user.path = input.NewPath.value_or(user.path);
    user.name = input.NewUserName.value_or(user.name);
    const std::string key = keys::user(call.account(), user.name);
    store::Transaction change{{stored.unchanged()}, {store::put(key, user)}};
    if (key != stored.key) {
        const auto taken = TRY(around.store.get(key));
        if (taken) return user_exists(user.name);
        change.guards.push_back(store::absent(key));
        change.writes.push_back(store::erase(stored.key));
    }
    TRY(move_keys(around.store, call.account(), {stored.record.name, user.name}, change));
    TRY(around.store.commit(change));
    return Nothing{};
}

}  // namespace

Result<api::CreateUserResponse> create_user(const Surroundings& around, const Call& call,
                                            const api::CreateUserRequest& input) {
    model::User user;
    user.name = *input.UserName;
    user.path = input.Path.value_or("/");
    user.id = model::new_unique_id("AIDA", around.random);
    user.created = call.now;
    user.tags = TRY(tagged({}, input.Tags.value_or(std::vector<api::Tag>())));
    const std::string key = keys::user(call.account(), user.name);
    const auto written = around.store.commit({{store::absent(key)}, {store::put(key, user)}});
    if (!written && written.error().code == store::lost_race) return user_exists(user.name);
    if (!written) return written.error();
    api::CreateUserResponse answer;
    answer.User = shown(call.account(), user);
    return answer;
}

Result<api::GetUserResponse> get_user(const Surroundings& around, const Call& call,
                                      const api::GetUserRequest& input) {
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
    answer.User = shown(call.account(), TRY(find_user(around.store, call.account(), name)).record);
    return answer;
}

Result<api::ListUsersResponse> list_users(const Surroundings& around, const Call& call,
                                          const api::ListUsersRequest& input) {
    auto users = TRY(store::load_all<model::User>(around.store, keys::users(call.account())));
    const std::string prefix = input.PathPrefix.value_or("/");
    std::erase_if(users, [&](const auto& user) { return !user.record.path.starts_with(prefix); });
    const auto shown_page = TRY(page(
        std::move(users), [](const auto& user) { return user.key; }, input.Marker, input.MaxItems));
    api::ListUsersResponse answer;
    for (const auto& user : shown_page.items) {
        answer.Users.push_back(shown(call.account(), user.record));
        answer.Users.back().Tags.clear();  // lists leave them out
    }
    put_page(answer, shown_page);
    return answer;
}

Result<Nothing> update_user(const Surroundings& around, const Call& call,
                            const api::UpdateUserRequest& input) {
    return store::retry_races([&] { return rename_user(around, call, input); });
}

Result<Nothing> delete_user(const Surroundings& around, const Call& call,
                            const api::DeleteUserRequest& input) {
    return store::retry_races([&]() -> Result<Nothing> {
        const auto stored = TRY(find_user(around.store, call.account(), *input.UserName));
        const model::User& user = stored.record;
        const auto keys_left = TRY(around.store.list(keys::user_keys(call.account(), user.name), {}));
        if (!keys_left.entries.empty()) return must_first("delete access keys");
        if (!user.attached_policies.empty()) return must_first("detach all policies");
        if (!user.inline_policies.empty()) return must_first("delete policies");
        TRY(around.store.commit({{stored.unchanged()}, {store::erase(stored.key)}}));
        return Nothing{};
    });
}

Result<Nothing> tag_user(const Surroundings& around, const Call& call, const api::TagUserRequest& input) {
    return change_user(around, call, *input.UserName, [&](model::User& user) -> Result<void> {
        user.tags = TRY(tagged(user.tags, *input.Tags));
        return {};
    });
}

Result<Nothing> untag_user(const Surroundings& around, const Call& call, const api::UntagUserRequest& input) {
    return change_user(around, call, *input.UserName, [&](model::User& user) -> Result<void> {
        user.tags = untagged(user.tags, *input.TagKeys);
        return {};
    });
}

Result<api::ListUserTagsResponse> list_user_tags(const Surroundings& around, const Call& call,
                                                 const api::ListUserTagsRequest& input) {
    const auto stored = TRY(find_user(around.store, call.account(), *input.UserName));
    const auto shown_page = TRY(page(
        stored.record.tags, [](const model::Tag& tag) { return tag.Key; }, input.Marker, input.MaxItems));
    api::ListUserTagsResponse answer;
    answer.Tags = shown(shown_page.items);
    put_page(answer, shown_page);
    return answer;
}

// There are no groups yet, so a user is in none.
Result<api::ListGroupsForUserResponse> list_groups_for_user(const Surroundings& around, const Call& call,
                                                            const api::ListGroupsForUserRequest& input) {
    TRY(find_user(around.store, call.account(), *input.UserName));
    api::ListGroupsForUserResponse answer;
    answer.IsTruncated = false;
    return answer;
}

namespace {

namespace ops = api::ops;

std::vector<std::string> created_user(const Call& call, const api::CreateUserRequest& input) {
    return below_account(call, "user", input.Path.value_or("/"), *input.UserName);
}

std::vector<std::string> all_users(const Call& call, const api::ListUsersRequest& input) {
    return below_account(call, "user", input.PathPrefix.value_or("/"), "");
}

// A renamed or moved user needs a right on what it was and on what it becomes.
gateway::Resources<ops::UpdateUser> updated_user(store::Store& store) {
    return [&store](const Call& call, const api::UpdateUserRequest& input) {
        std::vector<std::string> arns = user_resource(store, call, input.UserName);
        const std::string path = input.NewPath.value_or("/");
        const std::string name = input.NewUserName.value_or(*input.UserName);
        arns.push_back(below_account(call, "user", path, name).front());
        return arns;
    };
}

}  // namespace

Rows user_operations(const Surroundings& around) {
    store::Store& store = around.store;
    return {
        row<ops::CreateUser>(around, created_user, create_user, {{"Path", "UserName", "Tags"}}),
        on_user<ops::DeleteUser>(around, delete_user),
        on_user<ops::GetUser>(around, get_user),
        on_user<ops::ListGroupsForUser>(around, list_groups_for_user),
        on_user<ops::ListUserTags>(around, list_user_tags),
        row<ops::ListUsers>(around, all_users, list_users),
        on_user<ops::TagUser>(around, tag_user),
        on_user<ops::UntagUser>(around, untag_user),
        row<ops::UpdateUser>(around, updated_user(store), update_user),
    };
}

}  // namespace countersign::iam
