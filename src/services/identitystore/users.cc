// Operations on people: create, describe, find, list, update, delete.
#include <algorithm>

#include "base/text.h"
#include "model/keys.h"
#include "services/identitystore/attributes.h"
#include "services/identitystore/operations.h"

namespace countersign::identitystore {

namespace keys = model::keys;

namespace {

Error name_taken() {
    return conflict("Duplicate UserName");
}

// Names that AWS keeps for itself.
Result<void> check_user_name(const std::string& name) {
    if (name.empty()) return invalid("userName is a required attribute");
    const std::string small = lower(name);
    if (small == "administrator" || small == "awsadministrators")
        return invalid("The user name " + name + " is reserved");
    return {};
}

// Source: Identity Store API Reference, "CreateUser": what Identity Center needs of a user.
Result<void> check_attributes(const api::CreateUserRequest& attributes) {
    TRY(check_user_name(attributes.UserName.value_or("")));
    const bool named = attributes.Name && attributes.Name->FamilyName && attributes.Name->GivenName;
    if (!named) return invalid("name.familyName and name.givenName are required attributes");
    if (!attributes.DisplayName) return invalid("displayName is a required attribute");
    if (attributes.Emails && attributes.Emails->size() > 1)
        return invalid("A user has one email address at most");
    return {};
}

Result<std::vector<UserRecord>> all_users(store::Store& store, const model::IdentityCenter& instance) {
    return store::load_all<model::DirectoryUser>(store, keys::directory_users(instance.identity_store));
}

Result<bool> has_email(const model::DirectoryUser& user, const std::string& address) {
    const auto attributes = TRY(attributes_of(user));
    if (!attributes.Emails) return false;
    return std::ranges::any_of(*attributes.Emails, [&](const api::Email& email) {
        return lower(email.Value.value_or("")) == lower(address);
    });
}

Result<UserRecord> user_with_email(store::Store& store, const model::IdentityCenter& instance,
                                   const std::string& address) {
    auto users = TRY(all_users(store, instance));
    for (UserRecord& user : users)
        if (TRY(has_email(user.record, address))) return std::move(user);
    return not_found("USER");
}

Result<UserRecord> user_with_external_id(store::Store& store, const model::IdentityCenter& instance,
                                         const std::string& id) {
    auto users = TRY(all_users(store, instance));
    for (UserRecord& user : users)
        if (user.record.external_id == id) return std::move(user);
    return not_found("USER");
}

std::string plain_text(const std::optional<gateway::Document>& document) {
    if (!document || document->parameters.size() != 1 || !document->parameters.front().first.empty())
        return {};
    return document->parameters.front().second;
}

Result<UserRecord> user_meant(store::Store& store, const model::IdentityCenter& instance,
                              const api::AlternateIdentifier& identifier) {
    if (identifier.ExternalId) return user_with_external_id(store, instance, *identifier.ExternalId->Id);
    if (!identifier.UniqueAttribute)
        return invalid("AlternateIdentifier names ExternalId or UniqueAttribute");
    const std::string value = plain_text(identifier.UniqueAttribute->AttributeValue);
    const std::string path = member_path(*identifier.UniqueAttribute->AttributePath);
    if (path == "Emails.Value") return user_with_email(store, instance, value);
    if (path != "UserName") return invalid("The unique attributes of a user are userName and emails.value");
    auto found = TRY(identity_center::find_user_by_name(store, instance.identity_store, value));
    if (!found) return not_found("USER");
    return *std::move(found);
}

}  // namespace

Result<api::CreateUserResponse> create_user(const Deps& deps, const Call& call,
                                            const api::CreateUserRequest& input) {
    const auto instance = TRY(identity_store(deps, call, *input.IdentityStoreId)).record;
    TRY(check_attributes(input));
    model::DirectoryUser user;
    user.id = new_id(instance, deps.random);
    user.created = user.updated = call.now;
    put_attributes(user, input);
    const std::string name_key = keys::directory_user_name(instance.identity_store, user.user_name);
    const auto done = deps.store.commit(
        {{store::absent(name_key)},
         {store::put(keys::directory_user(instance.identity_store, user.id), user), {name_key, user.id}}});
    if (!done) return done.error().fault == Fault::conflict ? name_taken() : done.error();
    api::CreateUserResponse answer;
    answer.IdentityStoreId = instance.identity_store;
    answer.UserId = user.id;
    answer.UserArn = member_arn("user", user.id);
    return answer;
}

Result<api::DescribeUserResponse> describe_user(const Deps& deps, const Call& call,
                                                const api::DescribeUserRequest& input) {
    const auto instance = TRY(identity_store(deps, call, *input.IdentityStoreId)).record;
    const UserRecord user = TRY(user_of(deps.store, instance, *input.UserId));
    return shown<api::DescribeUserResponse>(user.record);
}

Result<api::GetUserIdResponse> get_user_id(const Deps& deps, const Call& call,
                                           const api::GetUserIdRequest& input) {
    const auto instance = TRY(identity_store(deps, call, *input.IdentityStoreId)).record;
    const auto user = TRY(user_meant(deps.store, instance, *input.AlternateIdentifier));
    api::GetUserIdResponse answer;
    answer.IdentityStoreId = instance.identity_store;
    answer.UserId = user.record.id;
    answer.UserArn = member_arn("user", user.record.id);
    return answer;
}

Result<api::ListUsersResponse> list_users(const Deps& deps, const Call& call,
                                          const api::ListUsersRequest& input) {
    const auto instance = TRY(identity_store(deps, call, *input.IdentityStoreId)).record;
    auto users = TRY(all_users(deps.store, instance));
    for (const api::Filter& filter : input.Filters.value_or(std::vector<api::Filter>())) {
        if (member_path(*filter.AttributePath) != "UserName")
            return invalid("Users are filtered by UserName");
        std::erase_if(users, [&](const UserRecord& user) {
            return lower(user.record.user_name) != lower(*filter.AttributeValue);
        });
    }
    const auto shown_page = TRY(page(
        std::move(users), [](const UserRecord& user) { return user.record.id; }, input));
    api::ListUsersResponse answer;
    for (const UserRecord& user : shown_page.items)
        answer.Users.push_back(TRY(shown<api::User>(user.record)));
    answer.NextToken = shown_page.next;
    return answer;
}

Result<api::UpdateUserResponse> update_user(const Deps& deps, const Call& call,
                                            const api::UpdateUserRequest& input) {
    const auto instance = TRY(identity_store(deps, call, *input.IdentityStoreId)).record;
    return store::retry_races([&]() -> Result<api::UpdateUserResponse> {
        UserRecord user = TRY(user_of(deps.store, instance, *input.UserId));
        const std::string before = keys::directory_user_name(instance.identity_store, user.record.user_name);
        api::CreateUserRequest attributes = TRY(changed(user.record, *input.Operations));
        TRY(check_attributes(attributes));
        put_attributes(user.record, std::move(attributes));
        user.record.updated = call.now;
        ++user.record.changes;
        const std::string after = keys::directory_user_name(instance.identity_store, user.record.user_name);
        store::Transaction transaction{{user.unchanged()}, {store::put(user.key, user.record)}};
        if (before != after) {
            if (TRY(deps.store.get(after))) return name_taken();
            transaction.guards.push_back(store::absent(after));
            transaction.writes.push_back({after, user.record.id});
            transaction.writes.push_back(store::erase(before));
        }
        TRY(deps.store.commit(transaction));
        return api::UpdateUserResponse{};
    });
}

Result<api::DeleteUserResponse> delete_user(const Deps& deps, const Call& call,
                                            const api::DeleteUserRequest& input) {
    const auto instance = TRY(identity_store(deps, call, *input.IdentityStoreId)).record;
    const std::string& store_id = instance.identity_store;
    return store::retry_races([&]() -> Result<api::DeleteUserResponse> {
        const UserRecord user = TRY(user_of(deps.store, instance, *input.UserId));
        const std::string& id = user.record.id;
        std::vector<store::Write> writes =
            TRY(ended_memberships(deps.store, store_id, keys::user_groups(store_id, id)));
        auto assignments = TRY(ended_assignments(deps.store, store_id, id));
        std::ranges::move(assignments, std::back_inserter(writes));
        const store::Page sessions = TRY(store::list_all(deps.store, keys::sso_sessions(store_id, id)));
        for (const store::Entry& session : sessions.entries) writes.push_back(store::erase(session.key));
        writes.push_back(store::erase(keys::directory_credential(store_id, id)));
        writes.push_back(store::erase(keys::directory_user_name(store_id, user.record.user_name)));
        writes.push_back(store::erase(user.key));
        TRY(commit_in_parts(deps.store, user.unchanged(), writes));
        return api::DeleteUserResponse{};
    });
}

}  // namespace countersign::identitystore
