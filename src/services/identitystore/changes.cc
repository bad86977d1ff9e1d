#include "services/identitystore/changes.h"

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "identity_center/applications.h"
#include "identity_center/assignments.h"
#include "identity_center/directory.h"
#include "model/identity_center_keys.h"
#include "services/identitystore/operations.h"

namespace countersign::identitystore {

namespace keys = model::keys;

namespace {

using Writes = std::vector<store::Write>;

std::string new_id(const Directory& directory) {
    return directory.identity_store.substr(2) + '-' + crypto::random_uuid(directory.random);
}

// Where a record is found besides its own key; nobody else's may be found there.
std::vector<std::string> names_of(const std::string& identity_store, const model::DirectoryUser& user) {
    std::vector<std::string> names{keys::directory_user_name(identity_store, user.user_name)};
    if (!user.external_id.empty())
        names.push_back(keys::directory_user_external_id(identity_store, user.external_id));
    return names;
}

std::vector<std::string> names_of(const std::string& identity_store, const model::DirectoryGroup& group) {
    std::vector<std::string> names{keys::directory_group_name(identity_store, group.display_name)};
    if (!group.external_id.empty())
        names.push_back(keys::directory_group_external_id(identity_store, group.external_id));
    return names;
}

Error name_taken(const model::DirectoryUser&, bool by_external_id) {
    return conflict(by_external_id ? "Duplicate ExternalId" : "Duplicate UserName");
}
Error name_taken(const model::DirectoryGroup&, bool by_external_id) {
    return conflict(by_external_id ? "Duplicate ExternalId" : "Duplicate GroupDisplayName");
}

bool holds(const std::vector<std::string>& names, const std::string& name) {
    return std::ranges::find(names, name) != names.end();
}

// Claims the new names of a record, and gives up those that it has no more.
template <class Record>
Result<void> move_names(store::Store& store, const Record& record, const std::vector<std::string>& before,
                        const std::vector<std::string>& after, store::Transaction& transaction) {
    for (const std::string& name : after) {
        if (holds(before, name)) continue;
        if (TRY(store.get(name))) return name_taken(record, name != after.front());
        transaction.guards.push_back(store::absent(name));
        transaction.writes.push_back({name, record.id});
    }
    for (const std::string& name : before)
        if (!holds(after, name)) transaction.writes.push_back(store::erase(name));
    return {};
}

template <class Record>
Result<Record> add(const Directory& directory, Record record, std::string (*key)(keys::Name, keys::Name)) {
    record.id = new_id(directory);
    record.created = record.updated = directory.now;
    return store::retry_races([&]() -> Result<Record> {
        store::Transaction transaction{{}, {store::put(key(directory.identity_store, record.id), record)}};
        TRY(move_names(directory.store, record, {}, names_of(directory.identity_store, record), transaction));
        TRY(directory.store.commit(transaction));
        return record;
    });
}

// At both places where it is found besides its own.
std::vector<std::string> places_of(const std::string& identity_store,
                                   const model::GroupMembership& membership) {
    return {keys::item(keys::group_members(identity_store, membership.group), lower(membership.user)),
            keys::item(keys::user_groups(identity_store, membership.user), lower(membership.group))};
}

Result<void> end_memberships(const Directory& directory, const std::string& list, Writes& writes) {
    const auto memberships = TRY(memberships_in(directory.store, directory.identity_store, list));
    for (const auto& membership : memberships) {
        writes.push_back(store::erase(keys::membership(directory.identity_store, membership.id)));
        for (const std::string& place : places_of(directory.identity_store, membership))
            writes.push_back(store::erase(place));
    }
    return {};
}

Result<void> end_assignments(const Directory& directory, const std::string& assignee, Writes& writes) {
    const auto assignments =
        TRY(identity_center::assignments_of_assignee(directory.store, directory.identity_store, assignee));
    for (const auto& one : assignments)
        std::ranges::move(identity_center::unassigned(directory.identity_store, one),
                          std::back_inserter(writes));
    const auto applications =
        TRY(identity_center::applications_of_assignee(directory.store, directory.identity_store, assignee));
    for (const auto& one : applications)
        std::ranges::move(identity_center::unassigned(directory.identity_store, one),
                          std::back_inserter(writes));
    return {};
}

Result<void> end_sessions(const Directory& directory, const std::string& user, Writes& writes) {
    const std::string list = keys::sso_sessions(directory.identity_store, user);
    const store::Page sessions = TRY(store::list_all(directory.store, list));
    for (const store::Entry& session : sessions.entries) writes.push_back(store::erase(session.key));
    return {};
}

// All of them, in as many transactions as they need, each with the guards: what a guard looks at is written
// last.
Result<void> commit_in_parts(store::Store& store, const std::vector<store::Guard>& guards,
                             const Writes& writes) {
    std::size_t done = 0;
    while (writes.size() - done > store::operations_max) {
        const auto from = writes.begin() + static_cast<std::ptrdiff_t>(done);
        TRY(store.commit({guards, {from, from + static_cast<std::ptrdiff_t>(store::operations_max)}}));
        done += store::operations_max;
    }
    TRY(store.commit({guards, {writes.begin() + static_cast<std::ptrdiff_t>(done), writes.end()}}));
    return {};
}

}  // namespace

Result<UserRecord> user_of(store::Store& store, const std::string& identity_store,
                           const std::string& id_or_arn) {
    auto found = TRY(identity_center::find_user(store, identity_store, id_in(id_or_arn)));
    if (!found) return not_found("USER");
    return *std::move(found);
}

Result<GroupRecord> group_of(store::Store& store, const std::string& identity_store,
                             const std::string& id_or_arn) {
    auto found = TRY(identity_center::find_group(store, identity_store, id_in(id_or_arn)));
    if (!found) return not_found("GROUP");
    return *std::move(found);
}

Result<MembershipRecord> membership_of(store::Store& store, const std::string& identity_store,
                                       const std::string& id_or_arn) {
    auto stored =
        TRY(store::load<model::GroupMembership>(store, keys::membership(identity_store, id_in(id_or_arn))));
    if (!stored) return not_found("MEMBERSHIP");
    return *std::move(stored);
}

Result<std::optional<std::string>> membership_id(store::Store& store, const std::string& identity_store,
                                                 const std::string& group, const std::string& user) {
    const auto entry = TRY(store.get(keys::item(keys::group_members(identity_store, group), lower(user))));
    if (!entry) return std::optional<std::string>();
    return std::optional(entry->value);
}

Result<std::vector<model::GroupMembership>> memberships_in(store::Store& store,
                                                           const std::string& identity_store,
                                                           const std::string& list) {
    std::vector<model::GroupMembership> all;
    const store::Page page = TRY(store::list_all(store, list));
    for (const store::Entry& entry : page.entries) {
        auto stored =
            TRY(store::load<model::GroupMembership>(store, keys::membership(identity_store, entry.value)));
        if (stored) all.push_back(std::move(stored->record));
    }
    return all;
}

Result<model::DirectoryUser> add_user(const Directory& directory, model::DirectoryUser user) {
    return add(directory, std::move(user), keys::directory_user);
}

Result<model::DirectoryGroup> add_group(const Directory& directory, model::DirectoryGroup group) {
    return add(directory, std::move(group), keys::directory_group);
}

Result<model::DirectoryUser> change_user(const Directory& directory, const std::string& id_or_arn,
                                         const UserChange& change) {
    const std::string& identity_store = directory.identity_store;
    return store::retry_races([&]() -> Result<model::DirectoryUser> {
        UserRecord user = TRY(user_of(directory.store, identity_store, id_or_arn));
        const model::DirectoryUser before = user.record;
        TRY(change(user.record));
        user.record.updated = directory.now;
        ++user.record.changes;
        store::Transaction transaction{{user.unchanged()}, {}};
        if (before.active && !user.record.active)
            TRY(end_sessions(directory, user.record.id, transaction.writes));
        TRY(move_names(directory.store, user.record, names_of(identity_store, before),
                       names_of(identity_store, user.record), transaction));
        transaction.writes.push_back(store::put(user.key, user.record));
        TRY(commit_in_parts(directory.store, transaction.guards, transaction.writes));
        return user.record;
    });
}

Result<model::DirectoryGroup> change_group(const Directory& directory, const std::string& id_or_arn,
                                           const GroupChange& change) {
    const std::string& identity_store = directory.identity_store;
    return store::retry_races([&]() -> Result<model::DirectoryGroup> {
        GroupRecord group = TRY(group_of(directory.store, identity_store, id_or_arn));
        const auto before = names_of(identity_store, group.record);
        TRY(change(group.record));
        group.record.updated = directory.now;
        ++group.record.changes;
        store::Transaction transaction{{group.unchanged()}, {store::put(group.key, group.record)}};
        TRY(move_names(directory.store, group.record, before, names_of(identity_store, group.record),
                       transaction));
        TRY(directory.store.commit(transaction));
        return group.record;
    });
}

Result<void> remove_user(const Directory& directory, const std::string& id_or_arn) {
    const std::string& identity_store = directory.identity_store;
    return store::retry_races([&]() -> Result<void> {
        const UserRecord user = TRY(user_of(directory.store, identity_store, id_or_arn));
        const std::string& id = user.record.id;
        Writes writes;
        TRY(end_memberships(directory, keys::user_groups(identity_store, id), writes));
        TRY(end_assignments(directory, id, writes));
        TRY(end_sessions(directory, id, writes));
        writes.push_back(store::erase(keys::directory_credential(identity_store, id)));
        for (const std::string& name : names_of(identity_store, user.record))
            writes.push_back(store::erase(name));
        writes.push_back(store::erase(user.key));
        return commit_in_parts(directory.store, {user.unchanged()}, writes);
    });
}

Result<void> remove_group(const Directory& directory, const std::string& id_or_arn) {
    const std::string& identity_store = directory.identity_store;
    return store::retry_races([&]() -> Result<void> {
        const GroupRecord group = TRY(group_of(directory.store, identity_store, id_or_arn));
        Writes writes;
        TRY(end_memberships(directory, keys::group_members(identity_store, group.record.id), writes));
        TRY(end_assignments(directory, group.record.id, writes));
        for (const std::string& name : names_of(identity_store, group.record))
            writes.push_back(store::erase(name));
        writes.push_back(store::erase(group.key));
        return commit_in_parts(directory.store, {group.unchanged()}, writes);
    });
}

Result<model::GroupMembership> add_member(const Directory& directory, const std::string& group_id_or_arn,
                                          const std::string& user_id_or_arn) {
    const std::string& identity_store = directory.identity_store;
    return store::retry_races([&]() -> Result<model::GroupMembership> {
        const GroupRecord group = TRY(group_of(directory.store, identity_store, group_id_or_arn));
        const UserRecord user = TRY(user_of(directory.store, identity_store, user_id_or_arn));
        model::GroupMembership membership{new_id(directory), group.record.id, user.record.id, directory.now};
        if (TRY(membership_id(directory.store, identity_store, membership.group, membership.user)))
            return conflict("Member and Group relationship already exists.");
        const auto places = places_of(identity_store, membership);
        // Both records are written again, so that no deletion of either passes over this.
        store::Transaction transaction{
            {group.unchanged(), user.unchanged(), store::absent(places.front())},
            {store::put(keys::membership(identity_store, membership.id), membership),
             store::put(group.key, group.record), store::put(user.key, user.record)}};
        for (const std::string& place : places) transaction.writes.push_back({place, membership.id});
        TRY(directory.store.commit(transaction));
        return membership;
    });
}

Result<void> remove_membership(const Directory& directory, const std::string& id_or_arn) {
    return store::retry_races([&]() -> Result<void> {
        const auto membership = TRY(membership_of(directory.store, directory.identity_store, id_or_arn));
        store::Transaction transaction{{membership.unchanged()}, {store::erase(membership.key)}};
        for (const std::string& place : places_of(directory.identity_store, membership.record))
            transaction.writes.push_back(store::erase(place));
        TRY(directory.store.commit(transaction));
        return {};
    });
}

}  // namespace countersign::identitystore
