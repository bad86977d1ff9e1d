#include "services/iam/policies.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "model/aws_managed_policies.h"
#include "model/ids.h"
#include "model/keys.h"
#include "services/iam/create.h"
#include "services/iam/operation_registry.h"
#include "services/iam/paging.h"
#include "services/iam/tag_records.h"
#include "services/iam/tags.h"

namespace countersign::iam {

namespace keys = model::keys;
namespace ops = api::ops;
using gateway::Call;
using gateway::Nothing;

Result<void> check_managed(const std::string& document) {
    constexpr std::size_t policy_size_max = 6144;
    if (counted_size(document) > policy_size_max)
        return Error{Fault::conflict, fmt::format("Cannot exceed quota for PolicySize: {}", policy_size_max),
                     "LimitExceeded"};
    return check_document(document);
}

model::PolicyVersion& add_version(model::ManagedPolicy& policy, const std::string& document, Instant now) {
    policy.versions_made += 1;
    policy.versions.push_back({"v" + std::to_string(policy.versions_made), document, now});
    policy.updated = now;
    if (policy.versions_made == 1) policy.default_version = policy.versions.back().id;
    return policy.versions.back();
}

Result<void> check_own(const Call& call, std::string_view operation, const std::string& arn) {
    if (!model::is_of_aws(arn)) return {};
    return Error{Fault::denied,
                 fmt::format("User: {} is not authorized to perform: iam:{} on resource: policy {}",
                             call.caller.principal().arn, operation, arn),
                 "AccessDenied"};
}

namespace {

Result<api::CreatePolicyResponse> create_policy(const Deps& deps, const Call& call,
                                                const api::CreatePolicyRequest& input) {
    TRY(check_managed(*input.PolicyDocument));
    model::ManagedPolicy policy;
    policy.name = *input.PolicyName;
    policy.path = TRY(path_of(input.Path));
    policy.id = model::new_unique_id("ANPA", deps.random);
    policy.description = input.Description.value_or("");
    policy.created = call.now;
    policy.tags = TRY(tagged({}, input.Tags.value_or(std::vector<api::Tag>())));
    add_version(policy, *input.PolicyDocument, call.now);
    const std::string key = keys::policy(call.account(), policy.name);
    const Error taken{
        Fault::exists,
        fmt::format("A policy called {} already exists. Duplicate names are not allowed.", policy.name),
        "EntityAlreadyExists"};
    TRY(store::retry_races([&] { return create_record(deps.store, key, policy, taken); }));
    api::CreatePolicyResponse answer;
    answer.Policy = to_api(ReadablePolicy{call.account(), policy}, {});
    answer.Policy->Description.reset();  // GetPolicy alone shows it, and that there are no tags
    if (policy.tags.empty()) answer.Policy->Tags.reset();
    return answer;
}

Result<api::GetPolicyResponse> get_policy(const Deps& deps, const Call& call,
                                          const api::GetPolicyRequest& input) {
    const auto readable_policy = TRY(read_policy(deps.store, call.account(), *input.PolicyArn));
    const auto uses = TRY(deps.policy_uses->of(call.account()));
    api::GetPolicyResponse answer;
    answer.Policy = to_api(readable_policy, use_of(*uses, *input.PolicyArn));
    return answer;
}

bool is_listed(const api::ListPoliciesRequest& input, std::string_view path, const PolicyUse& use) {
    if (!path.starts_with(input.PathPrefix.value_or("/"))) return false;
    if (input.PolicyUsageFilter == "PermissionsBoundary") return use.boundaries > 0;
    if (input.PolicyUsageFilter == "PermissionsPolicy") return use.attachments > 0;
    return !input.OnlyAttached.value_or(false) || use.attachments > 0;
}

api::Policy shown_in_list(const ReadablePolicy& policy, const PolicyUse& use) {
    api::Policy answer = to_api(policy, use);
    answer.Tags.reset();  // lists leave both out
    answer.Description.reset();
    return answer;
}

// The account's own policies ("Local"), AWS's, or both.
Result<api::ListPoliciesResponse> list_policies(const Deps& deps, const Call& call,
                                                const api::ListPoliciesRequest& input) {
    const auto uses = TRY(deps.policy_uses->of(call.account()));
    const std::string scope = input.Scope.value_or("All");
    ListsPage lists = TRY(ListsPage::begin(deps.store, "12", input));
    api::ListPoliciesResponse answer;
    const auto use = [&](const std::string& account, const model::ManagedPolicy& policy) {
        return use_of(*uses, policy_arn(account, policy));
    };
    const auto is_own_listed = [&](const model::ManagedPolicy& policy) {
        return is_listed(input, policy.path, use(call.account(), policy));
    };
    const auto show = [&](const ReadablePolicy& policy) -> Result<void> {
        answer.Policies.push_back(shown_in_list(policy, use(policy.account, policy.policy)));
        return {};
    };
    const auto show_own = [&](const model::ManagedPolicy& policy) { return show({call.account(), policy}); };
    if (scope != "AWS")
        TRY(lists.add<model::ManagedPolicy>({'1', keys::policies(call.account())}, is_own_listed, show_own));
    if (scope != "Local")
        for (const model::AwsManagedPolicy& policy : model::aws_managed_policies())
            if (const std::string arn = policy.arn(); is_listed(input, policy.path, use_of(*uses, arn)))
                TRY(lists.add_one({'2', arn}, [&] { return show(readable(policy)); }));
    put_page(answer, lists);
    return answer;
}

// Whoever attaches a policy, or makes it a boundary, rewrites its record, so the guard on that sees it.
Result<Nothing> delete_policy(const Deps& deps, const Call& call, const api::DeletePolicyRequest& input) {
    TRY(check_own(call, ops::DeletePolicy::name, *input.PolicyArn));
    return store::retry_races([&]() -> Result<Nothing> {
        const auto stored = TRY(find_policy(deps.store, call.account(), *input.PolicyArn));
        const auto uses = TRY(count_policy_uses(deps.store, call.account()));
        if (uses.contains(*input.PolicyArn))
            return Error{Fault::conflict, "Cannot delete a policy attached to entities.", "DeleteConflict"};
        if (stored.record.versions.size() > 1)
            return Error{
                Fault::conflict,
                "This policy has more than one version. Before you delete a policy, you must delete the "
                "policy's versions. The default version is deleted with the policy.",
                "DeleteConflict"};
        TRY(deps.store.commit({{stored.unchanged()}, {store::erase(stored.key)}}));
        return Nothing{};
    });
}

Result<Nothing> tag_policy(const Deps& deps, const Call& call, const api::TagPolicyRequest& input) {
    TRY(check_own(call, ops::TagPolicy::name, *input.PolicyArn));
    return tag_record<find_policy>(deps, call, *input.PolicyArn, *input.Tags);
}

Result<Nothing> untag_policy(const Deps& deps, const Call& call, const api::UntagPolicyRequest& input) {
    TRY(check_own(call, ops::UntagPolicy::name, *input.PolicyArn));
    return untag_record<find_policy>(deps, call, *input.PolicyArn, *input.TagKeys);
}

Result<api::ListPolicyTagsResponse> list_policy_tags(const Deps& deps, const Call& call,
                                                     const api::ListPolicyTagsRequest& input) {
    const auto found = TRY(read_policy(deps.store, call.account(), *input.PolicyArn));
    return tags_page<api::ListPolicyTagsResponse>(found.policy.tags, input);
}

std::vector<std::string> created_policy(const Call& call, const api::CreatePolicyRequest& input) {
    return below_account(call, "policy", input.Path.value_or("/"), *input.PolicyName);
}

std::vector<std::string> all_policies(const Call& call, const api::ListPoliciesRequest& input) {
    return below_account(call, "policy", input.PathPrefix.value_or("/"), "");
}

}  // namespace

Rows policy_operations(const Deps& deps) {
    return {
        with_request_tags<ops::CreatePolicy>(row<ops::CreatePolicy>(deps, created_policy, create_policy)),
        on_tagged_policy<ops::DeletePolicy>(deps, delete_policy),
        on_tagged_policy<ops::GetPolicy>(deps, get_policy),
        row<ops::ListPolicies>(deps, all_policies, list_policies),
        on_tagged_policy<ops::ListPolicyTags>(deps, list_policy_tags),
        on_tagged_policy<ops::TagPolicy>(deps, tag_policy),
        on_tagged_policy<ops::UntagPolicy>(deps, untag_policy),
    };
}

}  // namespace countersign::iam
