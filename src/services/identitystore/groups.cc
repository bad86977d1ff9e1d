// Operations on groups: create, describe, find, list, update, delete.
#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "model/keys.h"
#include "services/identitystore/attributes.h"
#include "services/identitystore/operations.h"

namespace countersign::identitystore {

namespace keys = model::keys;

namespace {

Error group_name_taken() {
    return conflict("Duplicate GroupDisplayName");
}

template <class Answer>
Answer group_shown(const model::DirectoryGroup& group) {
    Answer answer;
    answer.IdentityStoreId = identity_center::identity_store_of(group.id);
    answer.GroupId = group.id;
    answer.GroupArn = member_arn("group", group.id);
    answer.Revision = std::to_string(group.changes);
    answer.DisplayName = group.display_name;
    if (!group.description.empty()) answer.Description = group.description;
    answer.CreatedAt = group.created;
    answer.UpdatedAt = group.updated;
    return answer;
}

Result<std::vector<GroupRecord>> all_groups(store::Store& store, const model::IdentityCenter& instance) {
    return store::load_all<model::DirectoryGroup>(store, keys::directory_groups(instance.identity_store));
}

Result<GroupRecord> group_meant(store::Store& store, const model::IdentityCenter& instance,
                                const api::AlternateIdentifier& identifier) {
    const bool external = identifier.ExternalId.has_value();
    if (!external && !identifier.UniqueAttribute)
        return invalid("AlternateIdentifier names ExternalId or UniqueAttribute");
    if (!external && member_path(*identifier.UniqueAttribute->AttributePath) != "DisplayName")
        return invalid("The unique attribute of a group is displayName");
    std::string wanted;
    if (external)
        wanted = *identifier.ExternalId->Id;
    else
        for (const auto& [name, value] : identifier.UniqueAttribute->AttributeValue->parameters)
            if (name.empty()) wanted = lower(value);
    auto groups = TRY(all_groups(store, instance));
    for (GroupRecord& group : groups) {
        const model::DirectoryGroup& record = group.record;
        if ((external ? record.external_id : lower(record.display_name)) == wanted) return std::move(group);
    }
    return not_found("GROUP");
}

Result<void> change_attribute(model::DirectoryGroup& group, const api::AttributeOperation& operation) {
    std::string value;
    if (operation.AttributeValue)
        for (const auto& [name, text] : operation.AttributeValue->parameters)
            if (name.empty()) value = text;
    const std::string path = member_path(*operation.AttributePath);
    if (path == "DisplayName" && !value.empty())
        group.display_name = value;
    else if (path == "Description")
        group.description = value;
    else
        return invalid("The attributes of a group are displayName, which is not empty, and description");
    return {};
}

}  // namespace

Result<api::CreateGroupResponse> create_group(const Deps& deps, const Call& call,
                                              const api::CreateGroupRequest& input) {
    const auto instance = TRY(identity_store(deps, call, *input.IdentityStoreId)).record;
    if (!input.DisplayName) return invalid("displayName is a required attribute");
    model::DirectoryGroup group;
    group.id = new_id(instance, deps.random);
    group.display_name = *input.DisplayName;
    group.description = input.Description.value_or("");
    group.created = group.updated = call.now;
    const std::string name_key = keys::directory_group_name(instance.identity_store, group.display_name);
    const auto done =
        deps.store.commit({{store::absent(name_key)},
                           {store::put(keys::directory_group(instance.identity_store, group.id), group),
                            {name_key, group.id}}});
    if (!done) return done.error().fault == Fault::conflict ? group_name_taken() : done.error();
    api::CreateGroupResponse answer;
    answer.IdentityStoreId = instance.identity_store;
    answer.GroupId = group.id;
    answer.GroupArn = member_arn("group", group.id);
    return answer;
}

Result<api::DescribeGroupResponse> describe_group(const Deps& deps, const Call& call,
                                                  const api::DescribeGroupRequest& input) {
    const auto instance = TRY(identity_store(deps, call, *input.IdentityStoreId)).record;
    const GroupRecord group = TRY(group_of(deps.store, instance, *input.GroupId));
    return group_shown<api::DescribeGroupResponse>(group.record);
}

Result<api::GetGroupIdResponse> get_group_id(const Deps& deps, const Call& call,
                                             const api::GetGroupIdRequest& input) {
    const auto instance = TRY(identity_store(deps, call, *input.IdentityStoreId)).record;
    const auto group = TRY(group_meant(deps.store, instance, *input.AlternateIdentifier));
    api::GetGroupIdResponse answer;
    answer.IdentityStoreId = instance.identity_store;
    answer.GroupId = group.record.id;
    answer.GroupArn = member_arn("group", group.record.id);
    return answer;
}

Result<api::ListGroupsResponse> list_groups(const Deps& deps, const Call& call,
                                            const api::ListGroupsRequest& input) {
    const auto instance = TRY(identity_store(deps, call, *input.IdentityStoreId)).record;
    auto groups = TRY(all_groups(deps.store, instance));
    for (const api::Filter& filter : input.Filters.value_or(std::vector<api::Filter>())) {
        if (member_path(*filter.AttributePath) != "DisplayName")
            return invalid("Groups are filtered by DisplayName");
        std::erase_if(groups, [&](const GroupRecord& group) {
            return lower(group.record.display_name) != lower(*filter.AttributeValue);
        });
    }
    const auto shown_page = TRY(page(
        std::move(groups), [](const GroupRecord& group) { return group.record.id; }, input));
    api::ListGroupsResponse answer;
    for (const GroupRecord& group : shown_page.items)
        answer.Groups.push_back(group_shown<api::Group>(group.record));
    answer.NextToken = shown_page.next;
    return answer;
}

Result<api::UpdateGroupResponse> update_group(const Deps& deps, const Call& call,
                                              const api::UpdateGroupRequest& input) {
    const auto instance = TRY(identity_store(deps, call, *input.IdentityStoreId)).record;
    return store::retry_races([&]() -> Result<api::UpdateGroupResponse> {
        GroupRecord group = TRY(group_of(deps.store, instance, *input.GroupId));
        const std::string before =
            keys::directory_group_name(instance.identity_store, group.record.display_name);
        for (const api::AttributeOperation& operation : *input.Operations)
            TRY(change_attribute(group.record, operation));
        group.record.updated = call.now;
        ++group.record.changes;
        const std::string after =
            keys::directory_group_name(instance.identity_store, group.record.display_name);
        store::Transaction transaction{{group.unchanged()}, {store::put(group.key, group.record)}};
        if (before != after) {
            if (TRY(deps.store.get(after))) return group_name_taken();
            transaction.guards.push_back(store::absent(after));
            transaction.writes.push_back({after, group.record.id});
            transaction.writes.push_back(store::erase(before));
        }
        TRY(deps.store.commit(transaction));
        return api::UpdateGroupResponse{};
    });
}

Result<api::DeleteGroupResponse> delete_group(const Deps& deps, const Call& call,
                                              const api::DeleteGroupRequest& input) {
    const auto instance = TRY(identity_store(deps, call, *input.IdentityStoreId)).record;
    const std::string& store_id = instance.identity_store;
    return store::retry_races([&]() -> Result<api::DeleteGroupResponse> {
        const GroupRecord group = TRY(group_of(deps.store, instance, *input.GroupId));
        std::vector<store::Write> writes =
            TRY(ended_memberships(deps.store, store_id, keys::group_members(store_id, group.record.id)));
        auto assignments = TRY(ended_assignments(deps.store, store_id, group.record.id));
        std::ranges::move(assignments, std::back_inserter(writes));
        writes.push_back(store::erase(keys::directory_group_name(store_id, group.record.display_name)));
        writes.push_back(store::erase(group.key));
        TRY(commit_in_parts(deps.store, group.unchanged(), writes));
        return api::DeleteGroupResponse{};
    });
}

}  // namespace countersign::identitystore
