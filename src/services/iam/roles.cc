// Operations on roles: create, get, list, update, delete, tags, permissions boundary.
#include "services/iam/roles.h"

#include <fmt/format.h>

#include "access/unique_ids.h"
#include "formats/uri.h"
#include "model/ids.h"
#include "model/keys.h"
#include "services/iam/change.h"
#include "services/iam/condition_keys.h"
#include "services/iam/create.h"
#include "services/iam/entities.h"
#include "services/iam/instance_profiles.h"
#include "services/iam/operation_registry.h"
#include "services/iam/paging.h"
#include "services/iam/tag_records.h"
#include "services/iam/tags.h"
#include "services/iam/trust_policies.h"

namespace countersign::iam {

namespace keys = model::keys;
using gateway::Call;
using gateway::Nothing;

Result<api::Role> in_profile_to_api(store::Store& store, const std::string& account,
                                    const model::Role& role) {
    api::Role answer;
    answer.Path = role.path;
    answer.RoleName = role.name;
    answer.RoleId = role.id;
    answer.Arn = role_arn(account, role);
    answer.CreateDate = role.created;
    answer.AssumeRolePolicyDocument =
        formats::percent_encode(TRY(access::with_arns(store, role.trust_policy)));
    return answer;
}

Result<api::Role> shown_in_list(store::Store& store, const std::string& account, const model::Role& role) {
    api::Role answer = TRY(in_profile_to_api(store, account, role));
    if (!role.description.empty()) answer.Description = role.description;
    answer.MaxSessionDuration = role.max_session_duration;
    return answer;
}

Result<api::Role> to_api(store::Store& store, const std::string& account, const model::Role& role) {
    api::Role answer = TRY(shown_in_list(store, account, role));
    answer.PermissionsBoundary = shown_boundary(role.permissions_boundary);
    answer.Tags = to_api(role.tags);
    return answer;
}

Result<api::Role> created_to_api(store::Store& store, const std::string& account, const model::Role& role) {
    api::Role answer = TRY(to_api(store, account, role));
    answer.Description.reset();
    answer.MaxSessionDuration.reset();
    return answer;
}

namespace {

Error role_exists(const std::string& name) {
    return Error{Fault::exists, fmt::format("Role with name {} already exists.", name),
                 "EntityAlreadyExists"};
}

Result<api::CreateRoleResponse> create_role(const Deps& deps, const Call& call,
                                            const api::CreateRoleRequest& input) {
    if (input.RoleName->starts_with("AWSReservedSSO_"))
        return Error{Fault::invalid, "Role names beginning with 'AWSReservedSSO_' are reserved for AWS",
                     "InvalidInput"};
    model::Role role;
    role.trust_policy = TRY(bound_trust_policy(deps.store, call.account(), *input.AssumeRolePolicyDocument));
    role.name = *input.RoleName;
    role.path = TRY(path_of(input.Path));
    role.id = model::new_unique_id("AROA", deps.random);
    role.created = call.now;
    role.description = input.Description.value_or("");
    role.max_session_duration = input.MaxSessionDuration.value_or(role.max_session_duration);
    role.tags = TRY(tagged({}, input.Tags.value_or(std::vector<api::Tag>())));
    role.permissions_boundary = input.PermissionsBoundary.value_or("");
    const std::string key = keys::role(call.account(), role.name);
    const auto create = [&]() -> Result<void> {
        store::Transaction more{{}, {access::noted_id(call.account(), role)}};
        if (!role.permissions_boundary.empty())
            TRY(hold_boundary(deps.store, call.account(), role.permissions_boundary, more));
        return create_record(deps.store, key, role, role_exists(role.name), std::move(more));
    };
    TRY(store::retry_races(create));
    api::CreateRoleResponse answer;
    answer.Role = TRY(created_to_api(deps.store, call.account(), role));
    return answer;
}

Result<api::GetRoleResponse> get_role(const Deps& deps, const Call& call, const api::GetRoleRequest& input) {
    const auto stored = TRY(find_role(deps.store, call.account(), *input.RoleName));
    const auto use = TRY(call.access.last_used().find(stored.record.id));
    api::GetRoleResponse answer;
    answer.Role = TRY(to_api(deps.store, call.account(), stored.record));
    answer.Role->RoleLastUsed.emplace();
    if (use) {
        answer.Role->RoleLastUsed->LastUsedDate = use->time;
        answer.Role->RoleLastUsed->Region = use->region;
    }
    return answer;
}

Result<api::ListRolesResponse> list_roles(const Deps& deps, const Call& call,
                                          const api::ListRolesRequest& input) {
    const auto shown_page =
        TRY(stored_page<model::Role>(deps.store, keys::roles(call.account()), input, below_path(input)));
    api::ListRolesResponse answer;
    for (const auto& role : shown_page.items)
        answer.Roles.push_back(TRY(shown_in_list(deps.store, call.account(), role.record)));
    put_page(answer, shown_page);
    return answer;
}

Result<api::UpdateRoleResponse> update_role(const Deps& deps, const Call& call,
                                            const api::UpdateRoleRequest& input) {
    const auto change = [&](model::Role& role, store::Transaction&) -> Result<void> {
        TRY(check_not_reserved(role));
        if (input.MaxSessionDuration) TRY(check_modifiable(role));
        role.description = input.Description.value_or(role.description);
        role.max_session_duration = input.MaxSessionDuration.value_or(model::Role().max_session_duration);
        return {};
    };
    TRY(change_record<find_role>(deps, call, *input.RoleName, change));
    return api::UpdateRoleResponse{};
}

Result<api::UpdateRoleDescriptionResponse> update_role_description(
    const Deps& deps, const Call& call, const api::UpdateRoleDescriptionRequest& input) {
    api::UpdateRoleDescriptionResponse answer;
    const auto change = [&](model::Role& role, store::Transaction&) -> Result<void> {
        TRY(check_not_reserved(role));
        role.description = *input.Description;
        answer.Role = TRY(to_api(deps.store, call.account(), role));
        return {};
    };
    TRY(change_record<find_role>(deps, call, *input.RoleName, change));
    return answer;
}

Result<Nothing> update_assume_role_policy(const Deps& deps, const Call& call,
                                          const api::UpdateAssumeRolePolicyRequest& input) {
    const std::string trust = TRY(bound_trust_policy(deps.store, call.account(), *input.PolicyDocument));
    const auto change = [&](model::Role& role, store::Transaction&) -> Result<void> {
        TRY(check_modifiable(role));
        role.trust_policy = trust;
        return {};
    };
    return change_record<find_role>(deps, call, *input.RoleName, change);
}

// A profile takes a role by writing the role again, so that a role is never deleted while one takes it.
Result<Nothing> delete_role(const Deps& deps, const Call& call, const api::DeleteRoleRequest& input) {
    return store::retry_races([&]() -> Result<Nothing> {
        const auto stored = TRY(find_role(deps.store, call.account(), *input.RoleName));
        const model::Role& role = stored.record;
        TRY(check_modifiable(role));
        const auto profiles = TRY(profiles_of(deps.store, call.account(), role.name));
        if (!profiles.empty()) return must_first("remove roles from instance profile");
        if (!role.attached_policies.empty()) return must_first("detach all policies");
        if (!role.inline_policies.empty()) return must_first("delete policies");
        TRY(deps.store.commit(
            {{stored.unchanged()}, {store::erase(stored.key), access::forgotten_id(role.id)}}));
        return Nothing{};
    });
}

Result<Nothing> put_role_permissions_boundary(const Deps& deps, const Call& call,
                                              const api::PutRolePermissionsBoundaryRequest& input) {
    const auto change = [&](model::Role& role, store::Transaction& more) -> Result<void> {
        TRY(check_modifiable(role));
        role.permissions_boundary = *input.PermissionsBoundary;
        return hold_boundary(deps.store, call.account(), role.permissions_boundary, more);
    };
    return change_record<find_role>(deps, call, *input.RoleName, change);
}

Result<Nothing> delete_role_permissions_boundary(const Deps& deps, const Call& call,
                                                 const api::DeleteRolePermissionsBoundaryRequest& input) {
    const auto change = [&](model::Role& role, store::Transaction&) -> Result<void> {
        TRY(check_modifiable(role));
        role.permissions_boundary.clear();
        return {};
    };
    return change_record<find_role>(deps, call, *input.RoleName, change);
}

Result<Nothing> tag_role(const Deps& deps, const Call& call, const api::TagRoleRequest& input) {
    const auto stored = TRY(find_role(deps.store, call.account(), *input.RoleName));
    TRY(check_not_reserved(stored.record));
    return tag_record<find_role>(deps, call, *input.RoleName, *input.Tags);
}

Result<Nothing> untag_role(const Deps& deps, const Call& call, const api::UntagRoleRequest& input) {
    const auto stored = TRY(find_role(deps.store, call.account(), *input.RoleName));
    TRY(check_not_reserved(stored.record));
    return untag_record<find_role>(deps, call, *input.RoleName, *input.TagKeys);
}

Result<api::ListRoleTagsResponse> list_role_tags(const Deps& deps, const Call& call,
                                                 const api::ListRoleTagsRequest& input) {
    const auto stored = TRY(find_role(deps.store, call.account(), *input.RoleName));
    return tags_page<api::ListRoleTagsResponse>(stored.record.tags, input);
}

namespace ops = api::ops;

std::vector<std::string> created_plain_role(const Call& call, const api::CreateRoleRequest& input) {
    return below_account(call, "role", input.Path.value_or("/"), *input.RoleName);
}

std::vector<std::string> all_roles(const Call& call, const api::ListRolesRequest& input) {
    return below_account(call, "role", input.PathPrefix.value_or("/"), "");
}

// A row on the role that RoleName names, with the tags it has.
template <class Op>
gateway::Operation on_tagged_role(const Deps& deps, Function<Op> function) {
    return with_tags<Op>(on_role<Op>(deps, function),
                         [&store = deps.store](const Call& call, const typename Op::Input& input) {
                             return find_role(store, call.account(), *input.RoleName);
                         });
}

template <class Op>
gateway::Operation with_roles_boundary(const Deps& deps, gateway::Operation row) {
    return with_boundary<Op>(std::move(row),
                             [&store = deps.store](const Call& call, const typename Op::Input& input) {
                                 return find_role(store, call.account(), *input.RoleName);
                             });
}

}  // namespace

Rows role_operations(const Deps& deps) {
    using Put = ops::PutRolePermissionsBoundary;
    using Delete = ops::DeleteRolePermissionsBoundary;
    return {
        with_roles_boundary<ops::CreateRole>(deps, with_request_tags<ops::CreateRole>(row<ops::CreateRole>(
                                                       deps, created_plain_role, create_role))),
        on_tagged_role<ops::DeleteRole>(deps, delete_role),
        with_roles_boundary<Delete>(deps, on_tagged_role<Delete>(deps, delete_role_permissions_boundary)),
        on_tagged_role<ops::GetRole>(deps, get_role),
        on_tagged_role<ops::ListRoleTags>(deps, list_role_tags),
        row<ops::ListRoles>(deps, all_roles, list_roles),
        with_roles_boundary<Put>(deps, on_tagged_role<Put>(deps, put_role_permissions_boundary)),
        on_tagged_role<ops::TagRole>(deps, tag_role),
        on_tagged_role<ops::UntagRole>(deps, untag_role),
        on_tagged_role<ops::UpdateAssumeRolePolicy>(deps, update_assume_role_policy),
        on_tagged_role<ops::UpdateRole>(deps, update_role),
        on_tagged_role<ops::UpdateRoleDescription>(deps, update_role_description),
    };
}

}  // namespace countersign::iam
