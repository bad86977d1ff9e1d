#include <algorithm>
#include <set>

#include "base/text.h"
#include "identity_center/directory.h"
#include "model/identity_center_keys.h"
#include "services/scim/limits.h"
#include "services/scim/operations.h"
#include "services/scim/patch.h"
#include "services/scim/resources.h"

namespace countersign::scim {

namespace keys = model::keys;

namespace {

using identitystore::GroupRecord;
using Groups = std::vector<model::DirectoryGroup>;
using Ids = std::set<std::string>;

constexpr std::size_t id_bytes_shown_max = 128;

Result<Groups> group_with_id(const Call& call, const std::string& id) {
    auto group = TRY(identity_center::find_group(call.directory.store, call.directory.identity_store, id));
    return group ? Groups{std::move(group->record)} : Groups();
}

// The group whose id lies at a key; none where nothing does.
Result<Groups> group_at(const Call& call, const std::string& key) {
    const auto id = TRY(call.directory.store.get(key));
    if (!id) return Groups();
    return group_with_id(call, id->value);
}

Result<Groups> groups_of(const Call& call, const std::string& user) {
    Groups groups;
    const auto ids =
        TRY(identity_center::groups_of(call.directory.store, call.directory.identity_store, lower(user)));
    for (const std::string& id : ids)
        for (model::DirectoryGroup& group : TRY(group_with_id(call, id))) groups.push_back(std::move(group));
    return groups;
}

// At least all that the filter means, found by what it says of names, ids and members where it does.
Result<Groups> candidate_groups(const Call& call, const Filter& filter) {
    const std::string& identity_store = call.directory.identity_store;
    if (const auto id = wanted_text(filter, "id")) return is_key(*id) ? group_with_id(call, *id) : Groups();
    if (const auto name = wanted_text(filter, "displayName"))
        return is_key(*name) ? group_at(call, keys::directory_group_name(identity_store, *name)) : Groups();
    if (const auto id = wanted_text(filter, "externalId"))
        return is_key(*id) ? group_at(call, keys::directory_group_external_id(identity_store, *id))
                           : Groups();
    if (const auto user = wanted_text(filter, "members.value"))
        return is_key(*user) ? groups_of(call, *user) : Groups();
    auto all = TRY(
        store::load_all<model::DirectoryGroup>(call.directory.store, keys::directory_groups(identity_store)));
    Groups groups;
    for (GroupRecord& group : all) groups.push_back(std::move(group.record));
    return groups;
}

Result<bool> is_meant(const Call& call, const model::DirectoryGroup& group, const Filter& filter) {
    Filter plain;
    for (const Equality& one : filter) {
        const auto user = wanted_text({one}, "members.value");
        if (!user) {
            plain.push_back(one);
            continue;
        }
        if (!is_key(*user)) return false;
        const auto membership = TRY(identitystore::membership_id(
            call.directory.store, call.directory.identity_store, group.id, *user));
        if (!membership) return false;
    }
    json::object attributes = attributes_of(group);
    attributes["id"] = group.id;
    return matches(plain, attributes);
}

Result<Ids> present_members(const Call& call, const std::string& group) {
    Ids ids;
    const auto memberships =
        TRY(identitystore::memberships_in(call.directory.store, call.directory.identity_store,
                                          keys::group_members(call.directory.identity_store, group)));
    for (const model::GroupMembership& membership : memberships) ids.insert(membership.user);
    return ids;
}

Ids ids_in(const json::value& members) {
    Ids ids;
    if (!members.is_array()) return ids;
    for (const json::value& member : members.get_array()) {
        const json::value* const value =
            member.is_object() ? member.get_object().if_contains("value") : nullptr;
        if (value != nullptr && value->is_string()) ids.insert(lower(std::string_view(value->get_string())));
    }
    return ids;
}

json::value as_members(const Ids& ids) {
    json::array members;
    for (const std::string& id : ids) members.push_back(json::object{{"value", id}});
    return members;
}

Result<void> check_members(const Call& call, const Ids& ids) {
    for (const std::string& id : ids) {
        const auto user =
            TRY(identity_center::find_user(call.directory.store, call.directory.identity_store, id));
        if (!user) return invalid_value("No user has the id " + printable(id, id_bytes_shown_max));
    }
    return {};
}

// From what there is to what is wanted. Who came or went meanwhile is passed over.
Result<void> change_members(const Call& call, const std::string& group, const Ids& present,
                            const Ids& wanted) {
    for (const std::string& id : wanted) {
        if (present.contains(id)) continue;
        const auto added = identitystore::add_member(call.directory, group, id);
        if (!added && added.error().fault != Fault::exists) return added.error();
    }
    for (const std::string& id : present) {
        if (wanted.contains(id)) continue;
        const auto membership =
            TRY(identitystore::membership_id(call.directory.store, call.directory.identity_store, group, id));
        if (!membership) continue;
        const auto removed = identitystore::remove_membership(call.directory, *membership);
        if (!removed && removed.error().fault != Fault::not_found) return removed.error();
    }
    return {};
}

// Those that are wanted and not there have to be users, and no more than a request may change.
Result<void> check_changes(const Call& call, const Ids& present, const Ids& wanted) {
    Ids changes;
    std::ranges::set_symmetric_difference(present, wanted, std::inserter(changes, changes.end()));
    if (changes.size() > limits::membership_changes_max)
        return invalid_value("A request changes at most 100 memberships; send the others in the next");
    Ids added;
    std::ranges::set_difference(wanted, present, std::inserter(added, added.end()));
    return check_members(call, added);
}

Result<Answer> shown_answer(const Call& call, const model::DirectoryGroup& group, int status = 200) {
    json::object resource = TRY(shown(group, call.base));
    std::string location = status == 201 ? call.base + "/Groups/" + group.id : std::string();
    return Answer{status, std::move(resource), std::move(location)};
}

bool is_about_members(const Operation& operation) {
    return operation.path.steps.front()->name == "members";
}

}  // namespace

Result<Answer> create_group(const Call& call) {
    const json::value document = TRY(document_of(call));
    const json::object attributes = TRY(read_object(group_attributes(), document));
    const json::value* const members = attributes.if_contains("members");
    const Ids wanted = members != nullptr ? ids_in(*members) : Ids();
    TRY(check_changes(call, {}, wanted));
    model::DirectoryGroup made;
    TRY(put_attributes(made, attributes));
    made = TRY(identitystore::add_group(call.directory, std::move(made)));
    TRY(change_members(call, made.id, {}, wanted));
    return shown_answer(call, made, 201);
}

Result<Answer> get_group(const Call& call) {
    const GroupRecord group =
        TRY(identitystore::group_of(call.directory.store, call.directory.identity_store, call.id));
    return shown_answer(call, group.record);
}

Result<Answer> list_groups(const Call& call) {
    const ListRequest request = TRY(list_request(call, group_attributes()));
    Groups meant;
    for (model::DirectoryGroup& group : TRY(candidate_groups(call, request.filter)))
        if (request.filter.empty() || TRY(is_meant(call, group, request.filter)))
            meant.push_back(std::move(group));
    return page_of(call, meant, request);
}

Result<Answer> put_group(const Call& call) {
    const json::value document = TRY(document_of(call));
    const json::object attributes = TRY(read_object(group_attributes(), document));
    const json::value* const members = attributes.if_contains("members");
    const GroupRecord group =
        TRY(identitystore::group_of(call.directory.store, call.directory.identity_store, call.id));
    const Ids present = TRY(present_members(call, group.record.id));
    const Ids wanted = members != nullptr ? ids_in(*members) : Ids();
    TRY(check_changes(call, present, wanted));
    const auto put = [&](model::DirectoryGroup& record) { return put_attributes(record, attributes); };
    const auto changed = TRY(identitystore::change_group(call.directory, group.record.id, put));
    TRY(change_members(call, changed.id, present, wanted));
    return shown_answer(call, changed);
}

Result<Answer> patch_group(const Call& call) {
    const json::value document = TRY(document_of(call));
    const auto operations = TRY(parse_patch(group_attributes(), document));
    const GroupRecord group =
        TRY(identitystore::group_of(call.directory.store, call.directory.identity_store, call.id));
    const Ids present = TRY(present_members(call, group.record.id));
    json::object members{{"members", as_members(present)}};
    for (const Operation& operation : operations)
        if (is_about_members(operation)) TRY(apply(operation, members));
    const json::value* const left = members.if_contains("members");
    const Ids wanted = left != nullptr ? ids_in(*left) : Ids();
    TRY(check_changes(call, present, wanted));
    const auto patch = [&](model::DirectoryGroup& record) -> Result<void> {
        json::object attributes = attributes_of(record);
        for (const Operation& operation : operations)
            if (!is_about_members(operation)) TRY(apply(operation, attributes));
        return put_attributes(record, attributes);
    };
    TRY(identitystore::change_group(call.directory, group.record.id, patch));
    TRY(change_members(call, group.record.id, present, wanted));
    return Answer{204};
}

Result<Answer> delete_group(const Call& call) {
    TRY(identitystore::remove_group(call.directory, call.id));
    return Answer{204};
}

}  // namespace countersign::scim
