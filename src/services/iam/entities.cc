#include "services/iam/entities.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/arn.h"
#include "model/keys.h"
#include "policy/policy.h"
#include "services/iam/tags.h"

namespace countersign::iam {

namespace keys = model::keys;

Result<store::Stored<model::User>> find_user(store::Store& store, const std::string& account,
                                             const std::string& name) {
    auto stored = TRY(store::load<model::User>(store, keys::user(account, name)));
    if (!stored)
        return Error{Fault::not_found, fmt::format("The user with name {} cannot be found.", name),
                     "NoSuchEntity"};
    return *std::move(stored);
}

Result<store::Stored<model::Group>> find_group(store::Store& store, const std::string& account,
                                               const std::string& name) {
    auto stored = TRY(store::load<model::Group>(store, keys::group(account, name)));
    if (!stored)
        return Error{Fault::not_found, fmt::format("The group with name {} cannot be found.", name),
                     "NoSuchEntity"};
    return *std::move(stored);
}

Result<store::Stored<model::Role>> find_role(store::Store& store, const std::string& account,
                                             const std::string& name) {
    auto stored = TRY(store::load<model::Role>(store, keys::role(account, name)));
    if (!stored)
        return Error{Fault::not_found, fmt::format("The role with name {} cannot be found.", name),
                     "NoSuchEntity"};
    return *std::move(stored);
}

Result<store::Stored<model::ManagedPolicy>> find_policy(store::Store& store, const std::string& account,
                                                        const std::string& arn) {
    const Error unknown{Fault::not_found, fmt::format("Policy {} was not found.", arn), "NoSuchEntity"};
    const auto parsed = model::parse_arn(arn);
    if (!parsed) return Error{Fault::invalid, "Invalid ARN:  Could not be parsed!", "ValidationError"};
    if (parsed->service != "iam" || !parsed->resource.starts_with("policy/"))
        return Error{Fault::invalid, fmt::format("ARN {} is not valid.", arn), "InvalidInput"};
    auto stored =
        TRY(store::load<model::ManagedPolicy>(store, keys::policy(account, arn.substr(arn.rfind('/') + 1))));
    if (!stored || policy_arn(account, stored->record) != arn) return unknown;
    return *std::move(stored);
}

Result<std::string> user_meant(const gateway::Call& call, const std::optional<std::string>& named) {
    if (named) return *named;
    const access::Principal& caller = call.caller.principal();
    if (caller.type == access::PrincipalType::user || caller.type == access::PrincipalType::root)
        return caller.user_name;
    return Error{Fault::invalid, "Must specify userName when calling with non-User credentials",
                 "ValidationError"};
}

std::vector<std::string> user_resource(store::Store& store, const gateway::Call& call,
                                       const std::optional<std::string>& named) {
    const std::string& name = named ? *named : call.caller.principal().user_name;
    if (name.empty()) return {call.caller.principal().arn};
    const auto stored = store::load<model::User>(store, keys::user(call.account(), name));
    if (stored && *stored) return {user_arn(call.account(), (*stored)->record)};
    return {model::iam_arn(call.account(), "user/" + name)};
}

std::vector<std::string> group_resource(store::Store& store, const gateway::Call& call,
                                        const std::string& name) {
    const auto stored = store::load<model::Group>(store, keys::group(call.account(), name));
    if (stored && *stored) return {group_arn(call.account(), (*stored)->record)};
    return {model::iam_arn(call.account(), "group/" + name)};
}

std::vector<std::string> role_resource(store::Store& store, const gateway::Call& call,
                                       const std::string& name) {
    const auto stored = store::load<model::Role>(store, keys::role(call.account(), name));
    if (stored && *stored) return {role_arn(call.account(), (*stored)->record)};
    return {model::iam_arn(call.account(), "role/" + name)};
}

namespace {

Result<void> hold(store::Store& store, const std::string& account, const std::string& arn,
                  store::Transaction& change) {
    if (model::find_aws_managed_policy(arn) != nullptr) return {};
    const auto policy = TRY(find_policy(store, account, arn));
    change.guards.push_back(policy.unchanged());
    change.writes.push_back(store::put(policy.key, policy.record));
    return {};
}

Result<void> hold_or_say(Result<void> held, std::string sentence) {
    if (held || held.error().code != "NoSuchEntity") return held;
    return Error{Fault::not_found, std::move(sentence), "NoSuchEntity"};
}

}  // namespace

Result<void> hold_policy(store::Store& store, const std::string& account, const std::string& arn,
                         store::Transaction& change) {
    return hold_or_say(hold(store, account, arn, change),
                       fmt::format("Policy {} does not exist or is not attachable.", arn));
}

Result<void> hold_boundary(store::Store& store, const std::string& account, const std::string& arn,
                           store::Transaction& change) {
    return hold_or_say(hold(store, account, arn, change),
                       fmt::format("Scope ARN: {} does not exist or is not attachable.", arn));
}

std::optional<api::AttachedPermissionsBoundary> shown_boundary(const std::string& arn) {
    if (arn.empty()) return std::nullopt;
    api::AttachedPermissionsBoundary answer;
    answer.PermissionsBoundaryType = "Policy";
    answer.PermissionsBoundaryArn = arn;
    return answer;
}

ReadablePolicy readable(const model::AwsManagedPolicy& policy) {
    model::ManagedPolicy record;
    record.name = policy.name;
    record.path = policy.path;
    record.id = policy.id;
    record.description = policy.description;
    record.default_version = policy.newest().id;
    for (const auto& version : policy.versions)
        record.versions.push_back({std::string(version.id), "", version.created});
    record.created = policy.created;
    record.updated = policy.newest().created;
    return {"aws", std::move(record)};
}

Result<std::vector<model::PolicyVersion>> versions_of(const ReadablePolicy& readable) {
    std::vector<model::PolicyVersion> versions = readable.policy.versions;
    const auto* const of_aws = model::find_aws_managed_policy(policy_arn(readable.account, readable.policy));
    if (of_aws == nullptr) return versions;
    auto documents = TRY(model::aws_managed_documents(*of_aws, of_aws->versions));
    for (std::size_t index = 0; index < documents.size(); ++index)
        versions[index].document = std::move(documents[index]);
    return versions;
}

Result<ReadablePolicy> read_policy(store::Store& store, const std::string& account, const std::string& arn) {
    if (const auto* aws = model::find_aws_managed_policy(arn)) return readable(*aws);
    auto stored = TRY(find_policy(store, account, arn));
    return ReadablePolicy{account, std::move(stored.record)};
}

namespace {

constexpr std::string_view reserved_path = "/aws-reserved/";

}  // namespace

Result<std::string> path_of(const std::optional<std::string>& given, const std::string& otherwise) {
    if (given && given->starts_with(reserved_path))
        return Error{Fault::invalid, "Paths beginning with '/aws-reserved' are reserved for AWS",
                     "InvalidInput"};
    if (!given || !given->starts_with("/aws-service-role/")) return given.value_or(otherwise);
    return Error{Fault::invalid,
                 "Paths beginning with '/aws-service-role' are reserved for AWS Service Linked Roles",
                 "InvalidInput"};
}

namespace {

Error protected_role(const model::Role& role) {
    return Error{Fault::invalid,
                 fmt::format("Cannot perform the operation on the protected role '{}' - this role is only "
                             "modifiable by AWS",
                             role.name),
                 "UnmodifiableEntity"};
}

}  // namespace

Result<void> check_modifiable(const model::Role& role) {
    if (role.linked_service.empty()) return {};
    return protected_role(role);
}

Result<void> check_not_reserved(const model::Role& role) {
    if (!role.path.starts_with(reserved_path)) return {};
    return protected_role(role);
}

Result<std::vector<store::Stored<model::Group>>> groups_of(store::Store& store, const std::string& account,
                                                           const model::User& user) {
    std::vector<store::Stored<model::Group>> groups;
    for (const std::string& id : user.groups) {
        const auto name = TRY(store.get(keys::group_name(account, id)));
        if (!name) continue;  // deleted since the user was read
        auto group = TRY(store::load<model::Group>(store, keys::group(account, name->value)));
        if (group) groups.push_back(*std::move(group));
    }
    return groups;
}

Result<void> check_document(const std::string& document) {
    TRY(policy::parse(document));
    return {};
}

std::size_t counted_size(const std::string& document) {
    return static_cast<std::size_t>(std::ranges::count_if(
        document, [](char c) { return c != ' ' && c != '\t' && c != '\n' && c != '\r'; }));
}

Error must_first(std::string_view what) {
    return Error{Fault::conflict, fmt::format("Cannot delete entity, must {} first.", what),
                 "DeleteConflict"};
}

api::User to_api(const std::string& account, const model::User& user) {
    api::User answer;
    answer.Path = user.path;
    answer.UserName = user.name;
    answer.UserId = user.id;
    answer.Arn = user_arn(account, user);
    answer.CreateDate = user.created;
    answer.PermissionsBoundary = shown_boundary(user.permissions_boundary);
    answer.Tags = to_api(user.tags);
    return answer;
}

api::User shown_in_list(const std::string& account, const model::User& user) {
    api::User answer = to_api(account, user);
    answer.PermissionsBoundary.reset();
    answer.Tags.clear();
    return answer;
}

api::Group to_api(const std::string& account, const model::Group& group) {
    api::Group answer;
    put_group(answer, account, group);
    return answer;
}

api::Policy to_api(const ReadablePolicy& readable, const PolicyUse& use) {
    api::Policy answer;
    put_policy(answer, readable, use);
    answer.Tags = to_api(readable.policy.tags);
    return answer;
}

}  // namespace countersign::iam
