// AWS::IAM::Policy, ManagedPolicy, UserToGroupAddition and AccessKey.
#include <algorithm>
#include <array>

#include "model/arn.h"
#include "services/cloudformation/types/parts.h"
#include "services/cloudformation/types/table.h"

namespace countersign::cloudformation {

namespace {

// Whom a policy is for: the property, and the calls.
struct Holders {
    std::string_view property;
    std::string_view member;
    std::string_view put;
    std::string_view erase;
    std::string_view attach;
    std::string_view detach;
};
constexpr std::array<Holders, 3> all_holders{{
    {"Users", "UserName", "PutUserPolicy", "DeleteUserPolicy", "AttachUserPolicy", "DetachUserPolicy"},
    {"Groups", "GroupName", "PutGroupPolicy", "DeleteGroupPolicy", "AttachGroupPolicy", "DetachGroupPolicy"},
    {"Roles", "RoleName", "PutRolePolicy", "DeleteRolePolicy", "AttachRolePolicy", "DetachRolePolicy"},
}};

// Inline policies in several principals at once.

Result<void> put_policy(const Job& job) {
    const std::string name = text_in(job.properties, "PolicyName");
    const std::string document = document_in(job.properties, "PolicyDocument");
    for (const Holders& holders : all_holders)
        for (const std::string& one : texts_in(job.properties, holders.property))
            TRY(job.api.call(iam, holders.put,
                             {{holders.member, one}, {"PolicyName", name}, {"PolicyDocument", document}}));
    return {};
}

// Whom it was for before and is not now.
std::vector<std::string> only_before(const Job& job, std::string_view property) {
    const std::vector<std::string> now = texts_in(job.properties, property);
    std::vector<std::string> gone = texts_in(job.before, property);
    std::erase_if(gone, [&](const std::string& one) { return std::ranges::find(now, one) != now.end(); });
    return gone;
}

// Takes it from whom it is not for any more: from everybody where it has another name now.
Result<void> take_policy(const Job& job) {
    const std::string old_name = text_in(job.before, "PolicyName");
    const bool renamed = old_name != text_in(job.properties, "PolicyName");
    for (const Holders& holders : all_holders)
        for (const std::string& one :
             renamed ? texts_in(job.before, holders.property) : only_before(job, holders.property))
            TRY(unless_missing(
                job.api.call(iam, holders.erase, {{holders.member, one}, {"PolicyName", old_name}})));
    return {};
}

Type inline_policy_type() {
    Type type;
    type.name = "AWS::IAM::Policy";
    type.properties = {{"Groups", Shape::texts},
                       {"PolicyDocument", Shape::document, in_place, true},
                       {"PolicyName", Shape::text, in_place, true},
                       {"Roles", Shape::texts},
                       {"Users", Shape::texts}};
    type.attributes = {"Id"};
    type.iam = true;
    type.create = [](const Job& job) -> Result<Made> { return Made{job.name}; };
    type.fill = put_policy;
    type.settle = [](const Job& job) -> Result<Settled> { return Settled{true, {{"Id", job.physical}}}; };
    type.update = [](const Job& job) -> Result<void> {
        TRY(put_policy(job));
        return take_policy(job);
    };
    type.remove = [](const Job& job) -> Result<void> {
        const json::object nothing;
        return take_policy(without_properties(job, nothing));
    };
    return type;
}

// Managed policies.

Result<void> sync_holders(const Job& job, const std::string& arn) {
    for (const Holders& holders : all_holders) {
        const std::vector<std::string> now = texts_in(job.properties, holders.property);
        const std::vector<std::string> then = texts_in(job.before, holders.property);
        for (const std::string& one : now)
            if (std::ranges::find(then, one) == then.end())
                TRY(job.api.call(iam, holders.attach, {{holders.member, one}, {"PolicyArn", arn}}));
        for (const std::string& one : then)
            if (std::ranges::find(now, one) == now.end())
                TRY(unless_missing(
                    job.api.call(iam, holders.detach, {{holders.member, one}, {"PolicyArn", arn}})));
    }
    return {};
}

std::string arn_of_policy(const Job& job) {
    std::string path = text_in(job.properties, "Path");
    if (path.empty()) path = "/";
    return model::iam_arn(job.api.account(), "policy" + path + job.name);
}

Result<Made> create_managed_policy(const Job& job) {
    json::object members{{"PolicyName", job.name},
                         {"PolicyDocument", document_in(job.properties, "PolicyDocument")}};
    copy(job.properties, {"Description", "Path"}, members);
    TRY(unless_made(job, job.api.call(iam, "CreatePolicy", std::move(members))));
    return Made{arn_of_policy(job)};
}

Result<void> drop_other_versions(const Job& job) {
    const json::object answer = TRY(job.api.call(iam, "ListPolicyVersions", {{"PolicyArn", job.physical}}));
    const json::value* versions = answer.if_contains("Versions");
    if (versions == nullptr || !versions->is_array()) return {};
    for (const json::value& one : versions->get_array()) {
        const json::object* version = one.if_object();
        if (version == nullptr || flag_in(*version, "IsDefaultVersion")) continue;
        TRY(unless_missing(
            job.api.call(iam, "DeletePolicyVersion",
                         {{"PolicyArn", job.physical}, {"VersionId", text_in(*version, "VersionId")}})));
    }
    return {};
}

Result<void> update_managed_policy(const Job& job) {
    if (changed(job, "PolicyDocument")) {
        TRY(drop_other_versions(job));
        TRY(job.api.call(iam, "CreatePolicyVersion",
                         {{"PolicyArn", job.physical},
                          {"PolicyDocument", document_in(job.properties, "PolicyDocument")},
                          {"SetAsDefault", true}}));
    }
    return sync_holders(job, job.physical);
}

Result<void> remove_managed_policy(const Job& job) {
    const json::object nothing;
    TRY(sync_holders(without_properties(job, nothing), job.physical));
    Result<void> dropped = drop_other_versions(job);
    if (!dropped && !says_missing(dropped.error())) return dropped;
    return unless_missing(job.api.call(iam, "DeletePolicy", {{"PolicyArn", job.physical}}));
}

Result<Settled> settle_managed_policy(const Job& job) {
    const json::object found = TRY(job.api.call(iam, "GetPolicy", {{"PolicyArn", job.physical}}));
    Settled settled;
    settled.attributes["PolicyArn"] = job.physical;
    for (const char* name : {"AttachmentCount", "CreateDate", "DefaultVersionId", "IsAttachable",
                             "PermissionsBoundaryUsageCount", "PolicyId", "UpdateDate"})
        settled.attributes[name] = text_at(found, {"Policy", name});
    return settled;
}

Type managed_policy_type() {
    Type type;
    type.name = "AWS::IAM::ManagedPolicy";
    type.properties = {{"Description", Shape::text, replacement},
                       {"Groups", Shape::texts},
                       {"ManagedPolicyName", Shape::text, replacement},
                       {"Path", Shape::text, replacement},
                       {"PolicyDocument", Shape::document, in_place, true},
                       {"Roles", Shape::texts},
                       {"Users", Shape::texts}};
    type.attributes = {
        "AttachmentCount", "CreateDate", "DefaultVersionId", "IsAttachable", "PermissionsBoundaryUsageCount",
        "PolicyArn",       "PolicyId",   "UpdateDate"};
    type.name_property = "ManagedPolicyName";
    type.name_max = 128;
    type.iam = true;
    type.exists = [](const Job& job) {
        return is_there(job.api.call(iam, "GetPolicy", {{"PolicyArn", arn_of_policy(job)}}));
    };
    type.create = create_managed_policy;
    type.fill = [](const Job& job) { return sync_holders(job, job.physical); };
    type.settle = settle_managed_policy;
    type.update = update_managed_policy;
    type.remove = remove_managed_policy;
    return type;
}

// Users of a group.

Result<void> sync_addition(const Job& job) {
    const bool moved = !job.before.empty() && !job.properties.empty() && changed(job, "GroupName");
    const json::object nothing;
    const ItemPart part{"Users", "UserName", "AddUserToGroup", "RemoveUserFromGroup"};
    const std::string before = text_in(job.before, "GroupName");
    const std::string now = text_in(job.properties, "GroupName");
    if (!moved) return sync_items(job, {iam, "GroupName", now.empty() ? before : now}, part);
    TRY(sync_items(Job{job.api, job.properties, nothing, job.name, job.physical}, {iam, "GroupName", now},
                   part));
    return sync_items(Job{job.api, nothing, job.before, job.name, job.physical}, {iam, "GroupName", before},
                      part);
}

Type addition_type() {
    Type type;
    type.name = "AWS::IAM::UserToGroupAddition";
    type.properties = {{"GroupName", Shape::text, in_place, true}, {"Users", Shape::texts, in_place, true}};
    type.attributes = {"Id"};
    type.iam = true;
    type.create = [](const Job& job) -> Result<Made> { return Made{job.name}; };
    type.fill = sync_addition;
    type.settle = [](const Job& job) -> Result<Settled> { return Settled{true, {{"Id", job.physical}}}; };
    type.update = sync_addition;
    type.remove = [](const Job& job) -> Result<void> {
        const json::object nothing;
        return sync_addition(without_properties(job, nothing));
    };
    return type;
}

// Access keys.

Result<void> put_status(const Job& job, const std::string& key) {
    std::string status = text_in(job.properties, "Status");
    if (status.empty()) status = "Active";
    TRY(job.api.call(
        iam, "UpdateAccessKey",
        {{"UserName", text_in(job.properties, "UserName")}, {"AccessKeyId", key}, {"Status", status}}));
    return {};
}

// A key whose secret nobody heard is of no use to anybody: what an attempt made that was cut off goes.
Result<void> drop_unheard_keys(const Job& job, const std::string& user) {
    const json::object found = TRY(job.api.call(iam, "ListAccessKeys", {{"UserName", user}}));
    const json::value* keys = found.if_contains("AccessKeyMetadata");
    if (keys == nullptr || !keys->is_array()) return {};
    for (const json::value& key : keys->get_array()) {
        const json::value* made = key.as_object().if_contains("CreateDate");
        if (made == nullptr || !made->is_number() ||
            made->to_number<double>() < static_cast<double>(job.begun))
            continue;
        TRY(unless_missing(
            job.api.call(iam, "DeleteAccessKey",
                         {{"UserName", user}, {"AccessKeyId", text_in(key.as_object(), "AccessKeyId")}})));
    }
    return {};
}

Result<Made> create_access_key(const Job& job) {
    if (job.resumed) TRY(drop_unheard_keys(job, text_in(job.properties, "UserName")));
    const json::object made =
        TRY(job.api.call(iam, "CreateAccessKey", {{"UserName", text_in(job.properties, "UserName")}}));
    const std::string key = text_at(made, {"AccessKey", "AccessKeyId"});
    return Made{key, {{"SecretAccessKey", text_at(made, {"AccessKey", "SecretAccessKey"})}}};
}

Type access_key_type() {
    Type type;
    type.name = "AWS::IAM::AccessKey";
    type.properties = {
        {"Serial", Shape::number, replacement}, {"Status"}, {"UserName", Shape::text, replacement, true}};
    type.attributes = {"SecretAccessKey"};
    type.iam = true;
    type.create = create_access_key;
    type.fill = [](const Job& job) -> Result<void> {
        if (text_in(job.properties, "Status") != "Inactive") return {};
        return put_status(job, job.physical);
    };
    type.settle = [](const Job&) -> Result<Settled> { return Settled{}; };
    type.update = [](const Job& job) { return put_status(job, job.physical); };
    type.remove = [](const Job& job) -> Result<void> {
        return unless_missing(
            job.api.call(iam, "DeleteAccessKey",
                         {{"UserName", text_in(job.properties, "UserName")}, {"AccessKeyId", job.physical}}));
    };
    return type;
}

}  // namespace

std::vector<Type> policy_types() {
    return {inline_policy_type(), managed_policy_type(), addition_type(), access_key_type()};
}

}  // namespace countersign::cloudformation
