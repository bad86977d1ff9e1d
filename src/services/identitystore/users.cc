// Operations on people: create, describe, find, list, update, delete.
#include <algorithm>

#include "base/text.h"
#include "model/identity_center_keys.h"
#include "services/identitystore/attributes.h"
#include "services/identitystore/operations.h"

namespace countersign::identitystore {

namespace keys = model::keys;

namespace {

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
                                         const std::string& external_id) {
    const std::string& identity_store = instance.identity_store;
    const auto id = TRY(store.get(keys::directory_user_external_id(identity_store, external_id)));
    if (!id) return not_found("USER");
    return user_of(store, identity_store, id->value);
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
    model::DirectoryUser wanted;
    put_attributes(wanted, input);
    const auto user =
        TRY(add_user({deps.store, deps.random, instance.identity_store, call.now}, std::move(wanted)));
    api::CreateUserResponse answer;
    answer.IdentityStoreId = instance.identity_store;
    answer.UserId = user.id;
    answer.UserArn = member_arn("user", user.id);
    return answer;
}

Result<api::DescribeUserResponse> describe_user(const Deps& deps, const Call& call,
                                                const api::DescribeUserRequest& input) {
    const auto instance = TRY(identity_store(deps, call, *input.IdentityStoreId)).record;
    const UserRecord user = TRY(user_of(deps.store, instance.identity_store, *input.UserId));
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
    const auto apply = [&](model::DirectoryUser& user) -> Result<void> {
        api::CreateUserRequest attributes = TRY(changed(user, *input.Operations));
        TRY(check_attributes(attributes));
        put_attributes(user, std::move(attributes));
        return {};
    };
    TRY(change_user({deps.store, deps.random, instance.identity_store, call.now}, *input.UserId, apply));
    return api::UpdateUserResponse{};
}

Result<api::DeleteUserResponse> delete_user(const Deps& deps, const Call& call,
                                            const api::DeleteUserRequest& input) {
    const auto instance = TRY(identity_store(deps, call, *input.IdentityStoreId)).record;
    TRY(remove_user({deps.store, deps.random, instance.identity_store, call.now}, *input.UserId));
    return api::DeleteUserResponse{};
}

}  // namespace countersign::identitystore
