#include "identity_center/directory.h"
#include "model/identity_center_keys.h"
#include "services/scim/operations.h"
#include "services/scim/patch.h"
#include "services/scim/resources.h"

namespace countersign::scim {

namespace keys = model::keys;

namespace {

using identitystore::UserRecord;
using Users = std::vector<model::DirectoryUser>;

Result<Answer> shown_answer(const Call& call, const model::DirectoryUser& user, int status = 200) {
    json::object resource = TRY(shown(user, call.base));
    std::string location = status == 201 ? call.base + "/Users/" + user.id : std::string();
    return Answer{status, std::move(resource), std::move(location)};
}

// The user whose id lies at a key; none where nothing does.
Result<Users> user_at(const Call& call, const std::string& key) {
    const auto id = TRY(call.directory.store.get(key));
    if (!id) return Users();
    auto user =
        TRY(identity_center::find_user(call.directory.store, call.directory.identity_store, id->value));
    return user ? Users{std::move(user->record)} : Users();
}

Result<Users> user_with_id(const Call& call, const std::string& id) {
    auto user = TRY(identity_center::find_user(call.directory.store, call.directory.identity_store, id));
    return user ? Users{std::move(user->record)} : Users();
}

Result<Users> members_of(const Call& call, const std::string& group) {
    Users users;
    const auto memberships =
        TRY(identitystore::memberships_in(call.directory.store, call.directory.identity_store,
                                          keys::group_members(call.directory.identity_store, group)));
    for (const model::GroupMembership& membership : memberships)
        for (model::DirectoryUser& user : TRY(user_with_id(call, membership.user)))
            users.push_back(std::move(user));
    return users;
}

// At least all that the filter means, found by what it says of names and ids where it does.
Result<Users> candidate_users(const Call& call, const Filter& filter) {
    const std::string& identity_store = call.directory.identity_store;
    if (const auto id = wanted_text(filter, "id")) return is_key(*id) ? user_with_id(call, *id) : Users();
    if (const auto name = wanted_text(filter, "userName"))
        return is_key(*name) ? user_at(call, keys::directory_user_name(identity_store, *name)) : Users();
    if (const auto id = wanted_text(filter, "externalId"))
        return is_key(*id) ? user_at(call, keys::directory_user_external_id(identity_store, *id)) : Users();
    if (const auto group = wanted_text(filter, "groups.value"))
        return is_key(*group) ? members_of(call, *group) : Users();
    auto all = TRY(
        store::load_all<model::DirectoryUser>(call.directory.store, keys::directory_users(identity_store)));
    Users users;
    for (UserRecord& user : all) users.push_back(std::move(user.record));
    return users;
}

// What the filter says of groups is for the store to know.
Result<bool> is_in_wanted_groups(const Call& call, const model::DirectoryUser& user, const Filter& filter) {
    for (const Equality& one : filter) {
        if (name_of(one.steps) != "groups.value") continue;
        const auto group = wanted_text({one}, "groups.value");
        if (!is_key(*group)) return false;
        const auto membership = TRY(identitystore::membership_id(
            call.directory.store, call.directory.identity_store, *group, user.id));
        if (!membership) return false;
    }
    return true;
}

Result<bool> is_meant(const Call& call, const model::DirectoryUser& user, const Filter& filter) {
    if (!TRY(is_in_wanted_groups(call, user, filter))) return false;
    Filter plain = filter;
    std::erase_if(plain, [](const Equality& one) { return one.steps.front()->name == "groups"; });
    json::object attributes = TRY(attributes_of(user));
    attributes["id"] = user.id;
    return matches(plain, attributes);
}

}  // namespace

Result<Answer> create_user(const Call& call) {
    const json::value document = TRY(document_of(call));
    const json::object attributes = TRY(read_object(user_attributes(), document));
    model::DirectoryUser wanted;
    TRY(put_attributes(wanted, attributes));
    return shown_answer(call, TRY(identitystore::add_user(call.directory, std::move(wanted))), 201);
}

Result<Answer> get_user(const Call& call) {
    const UserRecord user =
        TRY(identitystore::user_of(call.directory.store, call.directory.identity_store, call.id));
    return shown_answer(call, user.record);
}

Result<Answer> list_users(const Call& call) {
    const ListRequest request = TRY(list_request(call, user_attributes()));
    Users meant;
    for (model::DirectoryUser& user : TRY(candidate_users(call, request.filter)))
        if (request.filter.empty() || TRY(is_meant(call, user, request.filter)))
            meant.push_back(std::move(user));
    return page_of(call, meant, request);
}

Result<Answer> put_user(const Call& call) {
    const json::value document = TRY(document_of(call));
    const json::object attributes = TRY(read_object(user_attributes(), document));
    const auto put = [&](model::DirectoryUser& user) { return put_attributes(user, attributes); };
    return shown_answer(call, TRY(identitystore::change_user(call.directory, call.id, put)));
}

Result<Answer> patch_user(const Call& call) {
    const json::value document = TRY(document_of(call));
    const auto operations = TRY(parse_patch(user_attributes(), document));
    const auto patch = [&](model::DirectoryUser& user) -> Result<void> {
        json::object attributes = TRY(attributes_of(user));
        for (const Operation& operation : operations) TRY(apply(operation, attributes));
        if (!attributes.contains("active")) return invalid_value("active is not removed, but false or true");
        return put_attributes(user, attributes);
    };
    return shown_answer(call, TRY(identitystore::change_user(call.directory, call.id, patch)));
}

Result<Answer> delete_user(const Call& call) {
    TRY(identitystore::remove_user(call.directory, call.id));
    return Answer{204};
}

}  // namespace countersign::scim
