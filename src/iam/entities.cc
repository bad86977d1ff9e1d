#include "iam/entities.h"

#include <fmt/format.h>

#include <algorithm>

#include "iam/tags.h"
#include "model/arn.h"
#include "model/keys.h"
#include "policy/policy.h"

namespace countersign::iam {

namespace keys = model::keys;

std::string user_arn(const std::string& account, const model::User& user) {
    return "arn:aws:iam::" + account + ":user" + user.path + user.name;
}

std::string policy_arn(const std::string& account, const model::ManagedPolicy& policy) {
    return "arn:aws:iam::" + account + ":policy" + policy.path + policy.name;
}

Result<store::Stored<model::User>> find_user(store::Store& store, const std::string& account,
                                             const std::string& name) {
    auto stored = TRY(store::load<model::User>(store, keys::user(account, name)));
    if (!stored)
        return Error{Fault::not_found, fmt::format("The user with name {} cannot be found.", name),
                     "NoSuchEntity"};
    return *std::move(stored);
}

Result<store::Stored<model::ManagedPolicy>> find_policy(store::Store& store, const std::string& account,
                                                        const std::string& arn) {
    const Error unknown{Fault::not_found, fmt::format("Policy {} was not found.", arn), "NoSuchEntity"};
    const auto parsed = model::parse_arn(arn);
    if (!parsed || parsed->service != "iam" || !parsed->resource.starts_with("policy/"))
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
    return {"arn:aws:iam::" + call.account() + ":user/" + name};
}

Result<std::int64_t> attachment_count(store::Store& store, const std::string& account,
                                      const std::string& arn) {
    const auto users = TRY(store::load_all<model::User>(store, keys::users(account)));
    return static_cast<std::int64_t>(std::ranges::count_if(
        users, [&](const auto& user) { return std::ranges::count(user.record.attached_policies, arn) > 0; }));
}

Result<void> check_document(const std::string& document) {
    TRY(policy::parse(document));
    return {};
}

std::size_t counted_size(const std::string& document) {
    return static_cast<std::size_t>(std::ranges::count_if(
        document, [](char c) { return c != ' ' && c != '\t' && c != '\n' && c != '\r'; }));
}

api::User shown(const std::string& account, const model::User& user) {
    api::User answer;
    answer.Path = user.path;
    answer.UserName = user.name;
    answer.UserId = user.id;
    answer.Arn = user_arn(account, user);
    answer.CreateDate = user.created;
    answer.Tags = shown(user.tags);
    return answer;
}

api::Policy shown(const std::string& account, const model::ManagedPolicy& policy, std::int64_t attachments) {
    api::Policy answer;
    answer.PolicyName = policy.name;
    answer.PolicyId = policy.id;
    answer.Arn = policy_arn(account, policy);
    answer.Path = policy.path;
    answer.DefaultVersionId = policy.default_version;
    answer.AttachmentCount = attachments;
    answer.PermissionsBoundaryUsageCount = 0;
    answer.IsAttachable = true;
    if (!policy.description.empty()) answer.Description = policy.description;
    answer.CreateDate = policy.created;
    answer.UpdateDate = policy.updated;
    answer.Tags = shown(policy.tags);
    return answer;
}

}  // namespace countersign::iam
