// AWS::IAM::User, Group, Role and InstanceProfile.
#include "services/cloudformation/types/parts.h"
#include "services/cloudformation/types/table.h"

namespace countersign::cloudformation {

namespace {

constexpr std::string_view policy_members = "PolicyName PolicyDocument";

// What users, groups and roles have in common. `kind` is User, Group or Role.
struct PrincipalKind {
    std::string_view kind;
    std::string_view member;
    std::string create, get, erase, attach, detach, put_boundary, erase_boundary, tag, untag;

    explicit PrincipalKind(std::string_view name, std::string_view name_member)
        : kind(name),
          member(name_member),
          create("Create" + std::string(name)),
          get("Get" + std::string(name)),
          erase("Delete" + std::string(name)),
          attach("Attach" + std::string(name) + "Policy"),
          detach("Detach" + std::string(name) + "Policy"),
          put_boundary("Put" + std::string(name) + "PermissionsBoundary"),
          erase_boundary("Delete" + std::string(name) + "PermissionsBoundary"),
          tag("Tag" + std::string(name)),
          untag("Untag" + std::string(name)) {}
};

Owner owner_of(const PrincipalKind& kind, const std::string& name) {
    return {iam, kind.member, name};
}

Result<void> sync_policies(const PrincipalKind& kind, const Job& job, const std::string& name) {
    const Owner owner = owner_of(kind, name);
    TRY(sync_items(job, owner, {"ManagedPolicyArns", "PolicyArn", kind.attach, kind.detach}));
    return sync_inline(job, owner, kind.kind);
}

Result<void> sync_boundary(const PrincipalKind& kind, const Job& job, const std::string& name) {
    if (!changed(job, "PermissionsBoundary")) return {};
    const std::string arn = text_in(job.properties, "PermissionsBoundary");
    if (arn.empty()) return unless_missing(job.api.call(iam, kind.erase_boundary, {{kind.member, name}}));
    TRY(job.api.call(iam, kind.put_boundary, {{kind.member, name}, {"PermissionsBoundary", arn}}));
    return {};
}

std::function<Result<Settled>(const Job&)> attributes_of(const PrincipalKind& kind,
                                                         std::string_view id_attribute) {
    return [kind, id_attribute](const Job& job) -> Result<Settled> {
        const json::object found = TRY(job.api.call(iam, kind.get, {{kind.member, job.physical}}));
        Settled settled;
        settled.attributes["Arn"] = text_at(found, {kind.kind, "Arn"});
        if (!id_attribute.empty())
            settled.attributes[id_attribute] = text_at(found, {kind.kind, id_attribute});
        return settled;
    };
}

std::function<Result<bool>(const Job&)> existence_of(const PrincipalKind& kind) {
    return [kind](const Job& job) {
        return is_there(job.api.call(iam, kind.get, {{kind.member, job.name}}));
    };
}

const PrincipalKind user_kind("User", "UserName");
const PrincipalKind group_kind("Group", "GroupName");
const PrincipalKind role_kind("Role", "RoleName");
const PrincipalKind profile_kind("InstanceProfile", "InstanceProfileName");

// Users.

Result<void> sync_login_profile(const Job& job, const std::string& name) {
    if (!changed(job, "LoginProfile")) return {};
    const json::value* now = job.properties.if_contains("LoginProfile");
    if (now == nullptr) return unless_missing(job.api.call(iam, "DeleteLoginProfile", {{"UserName", name}}));
    json::object members{{"UserName", name}};
    copy(now->as_object(), {"Password", "PasswordResetRequired"}, members);
    if (!job.before.contains("LoginProfile")) {
        Result<json::object> made = job.api.call(iam, "CreateLoginProfile", members);
        if (made || !says_exists(made.error())) return unless_made(job, std::move(made));
    }
    TRY(job.api.call(iam, "UpdateLoginProfile", std::move(members)));
    return {};
}

Result<void> sync_user(const Job& job, const std::string& name) {
    TRY(sync_policies(user_kind, job, name));
    TRY(sync_items(job, owner_of(user_kind, name),
                   {"Groups", "GroupName", "AddUserToGroup", "RemoveUserFromGroup"}));
    return sync_login_profile(job, name);
}

Result<Made> create_user(const Job& job) {
    json::object members{{"UserName", job.name}};
    copy(job.properties, {"Path", "PermissionsBoundary", "Tags"}, members);
    TRY(unless_made(job, job.api.call(iam, "CreateUser", std::move(members))));
    return Made{job.name};
}

Result<void> update_user(const Job& job) {
    if (changed(job, "Path")) {
        std::string path = text_in(job.properties, "Path");
        if (path.empty()) path = "/";
        TRY(job.api.call(iam, "UpdateUser", {{"UserName", job.physical}, {"NewPath", path}}));
    }
    TRY(sync_boundary(user_kind, job, job.physical));
    TRY(sync_tags(job, owner_of(user_kind, job.physical), user_kind.tag, user_kind.untag));
    return sync_user(job, job.physical);
}

Result<void> remove_user(const Job& job) {
    const json::object nothing;
    TRY(sync_user(without_properties(job, nothing), job.physical));
    return unless_missing(job.api.call(iam, "DeleteUser", {{"UserName", job.physical}}));
}

Type user_type() {
    Type type;
    type.name = "AWS::IAM::User";
    type.properties = {{"Groups", Shape::texts},
                       {"LoginProfile", Shape::object, in_place, false, "Password PasswordResetRequired"},
                       {"ManagedPolicyArns", Shape::texts},
                       {"Path"},
                       {"PermissionsBoundary"},
                       {"Policies", Shape::objects, in_place, false, policy_members},
                       {"Tags", Shape::tags, in_place, false, tag_members},
                       {"UserName", Shape::text, replacement}};
    type.attributes = {"Arn"};
    type.name_property = "UserName";
    type.iam = true;
    type.exists = existence_of(user_kind);
    type.create = create_user;
    type.fill = [](const Job& job) { return sync_user(job, job.physical); };
    type.settle = attributes_of(user_kind, "");
    type.update = update_user;
    type.remove = remove_user;
    return type;
}

// Groups.

Result<Made> create_iam_group(const Job& job) {
    json::object members{{"GroupName", job.name}};
    copy(job.properties, {"Path"}, members);
    TRY(unless_made(job, job.api.call(iam, "CreateGroup", std::move(members))));
    return Made{job.name};
}

Result<void> update_iam_group(const Job& job) {
    if (changed(job, "Path")) {
        std::string path = text_in(job.properties, "Path");
        if (path.empty()) path = "/";
        TRY(job.api.call(iam, "UpdateGroup", {{"GroupName", job.physical}, {"NewPath", path}}));
    }
    return sync_policies(group_kind, job, job.physical);
}

Result<void> remove_iam_group(const Job& job) {
    const json::object nothing;
    TRY(sync_policies(group_kind, without_properties(job, nothing), job.physical));
    return unless_missing(job.api.call(iam, "DeleteGroup", {{"GroupName", job.physical}}));
}

Type iam_group_type() {
    Type type;
    type.name = "AWS::IAM::Group";
    type.properties = {{"GroupName", Shape::text, replacement},
                       {"ManagedPolicyArns", Shape::texts},
                       {"Path"},
                       {"Policies", Shape::objects, in_place, false, policy_members}};
    type.attributes = {"Arn"};
    type.name_property = "GroupName";
    type.name_max = 128;
    type.iam = true;
    type.exists = existence_of(group_kind);
    type.create = create_iam_group;
    type.fill = [](const Job& job) { return sync_policies(group_kind, job, job.physical); };
    type.settle = attributes_of(group_kind, "");
    type.update = update_iam_group;
    type.remove = remove_iam_group;
    return type;
}

// Roles.

Result<Made> create_role(const Job& job) {
    json::object members{
        {"RoleName", job.name},
        {"AssumeRolePolicyDocument", document_in(job.properties, "AssumeRolePolicyDocument")}};
    copy(job.properties, {"Path", "Description", "MaxSessionDuration", "PermissionsBoundary", "Tags"},
         members);
    TRY(unless_made(job, job.api.call(iam, "CreateRole", std::move(members))));
    return Made{job.name};
}

Result<void> update_role(const Job& job) {
    const std::string& name = job.physical;
    if (changed(job, "AssumeRolePolicyDocument"))
        TRY(job.api.call(iam, "UpdateAssumeRolePolicy",
                         {{"RoleName", name},
                          {"PolicyDocument", document_in(job.properties, "AssumeRolePolicyDocument")}}));
    if (changed(job, "Description") || changed(job, "MaxSessionDuration")) {
        json::object members{{"RoleName", name}, {"Description", text_in(job.properties, "Description")}};
        copy(job.properties, {"MaxSessionDuration"}, members);
        TRY(job.api.call(iam, "UpdateRole", std::move(members)));
    }
    TRY(sync_boundary(role_kind, job, name));
    TRY(sync_tags(job, owner_of(role_kind, name), role_kind.tag, role_kind.untag));
    return sync_policies(role_kind, job, name);
}

Result<void> remove_role(const Job& job) {
    const json::object nothing;
    TRY(sync_policies(role_kind, without_properties(job, nothing), job.physical));
    return unless_missing(job.api.call(iam, "DeleteRole", {{"RoleName", job.physical}}));
}

Type role_type() {
    Type type;
    type.name = "AWS::IAM::Role";
    type.properties = {{"AssumeRolePolicyDocument", Shape::document, in_place, true},
                       {"Description"},
                       {"ManagedPolicyArns", Shape::texts},
                       {"MaxSessionDuration", Shape::number},
                       {"Path", Shape::text, replacement},
                       {"PermissionsBoundary"},
                       {"Policies", Shape::objects, in_place, false, policy_members},
                       {"RoleName", Shape::text, replacement},
                       {"Tags", Shape::tags, in_place, false, tag_members}};
    type.attributes = {"Arn", "RoleId"};
    type.name_property = "RoleName";
    type.iam = true;
    type.exists = existence_of(role_kind);
    type.create = create_role;
    type.fill = [](const Job& job) { return sync_policies(role_kind, job, job.physical); };
    type.settle = attributes_of(role_kind, "RoleId");
    type.update = update_role;
    type.remove = remove_role;
    return type;
}

// Instance profiles.

Result<void> sync_profile(const Job& job, const std::string& name) {
    // A profile holds one role, so the old one goes first.
    const json::object nothing;
    const Owner owner = owner_of(profile_kind, name);
    const ItemPart part{"Roles", "RoleName", "AddRoleToInstanceProfile", "RemoveRoleFromInstanceProfile"};
    if (!changed(job, "Roles")) return {};
    TRY(sync_items(Job{job.api, nothing, job.before, job.name, job.physical}, owner, part));
    for (const std::string& one : texts_in(job.properties, "Roles")) {
        Result<json::object> added =
            job.api.call(iam, part.add, {{"InstanceProfileName", name}, {"RoleName", one}});
        if (!added && !(job.resumed && added.error().code == "LimitExceeded"))
            return std::move(added).error();
    }
    return {};
}

Result<Made> create_profile(const Job& job) {
    json::object members{{"InstanceProfileName", job.name}};
    copy(job.properties, {"Path"}, members);
    TRY(unless_made(job, job.api.call(iam, "CreateInstanceProfile", std::move(members))));
    return Made{job.name};
}

Result<void> remove_profile(const Job& job) {
    const json::object nothing;
    TRY(sync_profile(without_properties(job, nothing), job.physical));
    return unless_missing(
        job.api.call(iam, "DeleteInstanceProfile", {{"InstanceProfileName", job.physical}}));
}

Type profile_type() {
    Type type;
    type.name = "AWS::IAM::InstanceProfile";
    type.properties = {{"InstanceProfileName", Shape::text, replacement},
                       {"Path", Shape::text, replacement},
                       {"Roles", Shape::texts, in_place, true}};
    type.attributes = {"Arn"};
    type.name_property = "InstanceProfileName";
    type.name_max = 128;
    type.iam = true;
    type.exists = existence_of(profile_kind);
    type.create = create_profile;
    type.fill = [](const Job& job) { return sync_profile(job, job.physical); };
    type.settle = attributes_of(profile_kind, "");
    type.update = [](const Job& job) { return sync_profile(job, job.physical); };
    type.remove = remove_profile;
    return type;
}

}  // namespace

std::vector<Type> principal_types() {
    return {user_type(), iam_group_type(), role_type(), profile_type()};
}

}  // namespace countersign::cloudformation
