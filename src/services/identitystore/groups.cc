// Operations on groups: create, describe, find, list, update, delete.
#include "base/text.h"
#include "model/identity_center_keys.h"
#include "services/identitystore/attributes.h"
#include "services/identitystore/operations.h"

namespace countersign::identitystore {

namespace keys = model::keys;

namespace {

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
            if (name.empty()) wanted = value;
    const std::string& identity_store = instance.identity_store;
    const auto id = TRY(store.get(external ? keys::directory_group_external_id(identity_store, wanted)
                                           : keys::directory_group_name(identity_store, wanted)));
    if (!id) return not_found("GROUP");
    return group_of(store, identity_store, id->value);
}

Result<void> change_attribute(model::DirectoryGroup& group, const api::AttributeOperation& operation) {
    std::string value;
    if (operation.AttributeValue)
        for (const auto& [name, text] : operation.AttributeValue->parameters)
            if (name.empty()) value = text;
    const std::string path = member_path(*operation.AttributePath);
    if (path == "DisplayName") {
        TRY(check_group_name(value));
        group.display_name = value;
    } else if (path == "Description")
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
    model::DirectoryGroup wanted;
    wanted.display_name = *input.DisplayName;
    wanted.description = input.Description.value_or("");
    const auto group =
        TRY(add_group({deps.store, deps.random, instance.identity_store, call.now}, std::move(wanted)));
    api::CreateGroupResponse answer;
    answer.IdentityStoreId = instance.identity_store;
    answer.GroupId = group.id;
    answer.GroupArn = member_arn("group", group.id);
    return answer;
}

Result<api::DescribeGroupResponse> describe_group(const Deps& deps, const Call& call,
                                                  const api::DescribeGroupRequest& input) {
    const auto instance = TRY(identity_store(deps, call, *input.IdentityStoreId)).record;
    const GroupRecord group = TRY(group_of(deps.store, instance.identity_store, *input.GroupId));
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
    const auto apply = [&](model::DirectoryGroup& group) -> Result<void> {
        for (const api::AttributeOperation& operation : *input.Operations)
            TRY(change_attribute(group, operation));
        return {};
    };
    TRY(change_group({deps.store, deps.random, instance.identity_store, call.now}, *input.GroupId, apply));
    return api::UpdateGroupResponse{};
}

Result<api::DeleteGroupResponse> delete_group(const Deps& deps, const Call& call,
                                              const api::DeleteGroupRequest& input) {
    const auto instance = TRY(identity_store(deps, call, *input.IdentityStoreId)).record;
    TRY(remove_group({deps.store, deps.random, instance.identity_store, call.now}, *input.GroupId));
    return api::DeleteGroupResponse{};
}

}  // namespace countersign::identitystore
