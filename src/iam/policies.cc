#include "iam/policies.h"

#include <fmt/format.h>

#include <algorithm>

#include "formats/uri.h"
#include "iam/entities.h"
#include "iam/nouns.h"
#include "iam/paging.h"
#include "iam/tags.h"
#include "model/ids.h"
#include "model/keys.h"

namespace countersign::iam {

namespace keys = model::keys;
using gateway::Call;
using gateway::Nothing;
using StoredPolicy = store::Stored<model::ManagedPolicy>;

namespace {

constexpr std::size_t policy_size_max = 6144;
constexpr std::size_t versions_max = 5;

Result<void> check_managed(const std::string& document) {
    if (counted_size(document) > policy_size_max)
        return Error{Fault::conflict, fmt::format("Cannot exceed quota for PolicySize: {}", policy_size_max),
                     "LimitExceeded"};
    return check_document(document);
}

model::PolicyVersion& add_version(model::ManagedPolicy& policy, const std::string& document, Instant now) {
    policy.versions_made += 1;
    policy.versions.push_back({"v" + std::to_string(policy.versions_made), document, now});
    policy.updated = now;
    return policy.versions.back();
}

Result<std::vector<model::PolicyVersion>::iterator> find_version(model::ManagedPolicy& policy,
                                                                 const std::string& arn,
                                                                 const std::string& id) {
    const auto found = std::ranges::find(policy.versions, id, &model::PolicyVersion::id);
    if (found == policy.versions.end())
        return Error{Fault::not_found,
                     fmt::format("Policy {} version {} does not exist or is not attachable.", arn, id),
                     "NoSuchEntity"};
    return found;
}

api::PolicyVersion shown(const model::ManagedPolicy& policy, const model::PolicyVersion& version) {
    api::PolicyVersion answer;
    answer.VersionId = version.id;
    answer.IsDefaultVersion = version.id == policy.default_version;
    answer.CreateDate = version.created;
    return answer;
}

// Changes a policy by `change` and writes it back, again where another writer was faster.
template <class Answer, class Change>
Result<Answer> change_policy(const Surroundings& around, const Call& call, const std::string& arn,
                             Change change) {
    return store::retry_races([&]() -> Result<Answer> {
        StoredPolicy stored = TRY(find_policy(around.store, call.account(), arn));
        Answer answer = TRY(change(stored.record));
        TRY(around.store.commit({{stored.unchanged()}, {store::put(stored.key, stored.record)}}));
        return answer;
    });
}

}  // namespace

Result<api::CreatePolicyResponse> create_policy(const Surroundings& around, const Call& call,
                                                const api::CreatePolicyRequest& input) {
    TRY(check_managed(*input.PolicyDocument));
    model::ManagedPolicy policy;
    policy.name = *input.PolicyName;
    policy.path = input.Path.value_or("/");
    policy.id = model::new_unique_id("ANPA", around.random);
    policy.description = input.Description.value_or("");
    policy.created = call.now;
    policy.tags = TRY(tagged({}, input.Tags.value_or(std::vector<api::Tag>())));
    policy.default_version = add_version(policy, *input.PolicyDocument, call.now).id;
    const std::string key = keys::policy(call.account(), policy.name);
    const auto written = around.store.commit({{store::absent(key)}, {store::put(key, policy)}});
    if (!written && written.error().code == store::lost_race)
        return Error{
            Fault::exists,
            fmt::format("A policy called {} already exists. Duplicate names are not allowed.", policy.name),
            "EntityAlreadyExists"};
    if (!written) return written.error();
    api::CreatePolicyResponse answer;
    answer.Policy = iam::shown(call.account(), policy, 0);
    return answer;
}

Result<api::GetPolicyResponse> get_policy(const Surroundings& around, const Call& call,
                                          const api::GetPolicyRequest& input) {
    const StoredPolicy stored = TRY(find_policy(around.store, call.account(), *input.PolicyArn));
    api::GetPolicyResponse answer;
    answer.Policy = iam::shown(call.account(), stored.record,
                               TRY(attachment_count(around.store, call.account(), *input.PolicyArn)));
    return answer;
}

Result<api::ListPoliciesResponse> list_policies(const Surroundings& around, const Call& call,
                                                const api::ListPoliciesRequest& input) {
    api::ListPoliciesResponse answer;
    answer.IsTruncated = false;
    if (input.Scope == "AWS") return answer;
    auto policies = TRY(store::load_all<model::ManagedPolicy>(around.store, keys::policies(call.account())));
    const std::string prefix = input.PathPrefix.value_or("/");
    std::erase_if(policies, [&](const auto& policy) { return !policy.record.path.starts_with(prefix); });
    const auto shown_page = TRY(page(
        std::move(policies), [](const auto& policy) { return policy.key; }, input.Marker, input.MaxItems));
    for (const StoredPolicy& policy : shown_page.items) {
        const std::int64_t attached =
            TRY(attachment_count(around.store, call.account(), policy_arn(call.account(), policy.record)));
        if (input.OnlyAttached.value_or(false) && attached == 0) continue;
        answer.Policies.push_back(iam::shown(call.account(), policy.record, attached));
        answer.Policies.back().Tags.clear();  // lists leave them out
        answer.Policies.back().Description.reset();
    }
    put_page(answer, shown_page);
    return answer;
}

Result<Nothing> delete_policy(const Surroundings& around, const Call& call,
                              const api::DeletePolicyRequest& input) {
    return store::retry_races([&]() -> Result<Nothing> {
        const StoredPolicy stored = TRY(find_policy(around.store, call.account(), *input.PolicyArn));
        if (TRY(attachment_count(around.store, call.account(), *input.PolicyArn)) > 0)
            return Error{Fault::conflict, "Cannot delete a policy attached to entities.", "DeleteConflict"};
        if (stored.record.versions.size() > 1)
            return Error{
                Fault::conflict,
                "This policy has more than one version. Before you delete a policy, you must delete the "
                "policy's versions. The default version is deleted with the policy.",
                "DeleteConflict"};
        TRY(around.store.commit({{stored.unchanged()}, {store::erase(stored.key)}}));
        return Nothing{};
    });
}

Result<api::CreatePolicyVersionResponse> create_policy_version(const Surroundings& around, const Call& call,
                                                               const api::CreatePolicyVersionRequest& input) {
    TRY(check_managed(*input.PolicyDocument));
    const auto add = [&](model::ManagedPolicy& policy) -> Result<api::CreatePolicyVersionResponse> {
        if (policy.versions.size() >= versions_max)
            return Error{
                Fault::conflict,
                "A managed policy can have up to 5 versions. Before you create a new version, you must "
                "delete an existing version.",
                "LimitExceeded"};
        const model::PolicyVersion version = add_version(policy, *input.PolicyDocument, call.now);
        if (input.SetAsDefault.value_or(false)) policy.default_version = version.id;
        api::CreatePolicyVersionResponse answer;
        answer.PolicyVersion = shown(policy, version);
        return answer;
    };
    return change_policy<api::CreatePolicyVersionResponse>(around, call, *input.PolicyArn, add);
}

Result<api::GetPolicyVersionResponse> get_policy_version(const Surroundings& around, const Call& call,
                                                         const api::GetPolicyVersionRequest& input) {
    StoredPolicy stored = TRY(find_policy(around.store, call.account(), *input.PolicyArn));
    const auto version = TRY(find_version(stored.record, *input.PolicyArn, *input.VersionId));
    api::GetPolicyVersionResponse answer;
    answer.PolicyVersion = shown(stored.record, *version);
    answer.PolicyVersion->Document = formats::percent_encode(version->document);
    return answer;
}

Result<api::ListPolicyVersionsResponse> list_policy_versions(const Surroundings& around, const Call& call,
                                                             const api::ListPolicyVersionsRequest& input) {
    const StoredPolicy stored = TRY(find_policy(around.store, call.account(), *input.PolicyArn));
    const auto place = [](const model::PolicyVersion& version) {
        return fmt::format("{:>12}", version.id);  // v10 after v9
    };
    const auto shown_page = TRY(page(stored.record.versions, place, input.Marker, input.MaxItems));
    api::ListPolicyVersionsResponse answer;
    for (const model::PolicyVersion& version : shown_page.items)
        answer.Versions.insert(answer.Versions.begin(), shown(stored.record, version));  // newest first
    put_page(answer, shown_page);
    return answer;
}

Result<Nothing> delete_policy_version(const Surroundings& around, const Call& call,
                                      const api::DeletePolicyVersionRequest& input) {
    const auto remove = [&](model::ManagedPolicy& policy) -> Result<Nothing> {
        const auto version = TRY(find_version(policy, *input.PolicyArn, *input.VersionId));
        if (version->id == policy.default_version)
            return Error{Fault::conflict, "Cannot delete the default version of a policy.", "DeleteConflict"};
        policy.versions.erase(version);
        policy.updated = call.now;
        return Nothing{};
    };
    return change_policy<Nothing>(around, call, *input.PolicyArn, remove);
}

Result<Nothing> set_default_policy_version(const Surroundings& around, const Call& call,
                                           const api::SetDefaultPolicyVersionRequest& input) {
    const auto choose = [&](model::ManagedPolicy& policy) -> Result<Nothing> {
        policy.default_version = TRY(find_version(policy, *input.PolicyArn, *input.VersionId))->id;
        policy.updated = call.now;
        return Nothing{};
    };
    return change_policy<Nothing>(around, call, *input.PolicyArn, choose);
}

Result<Nothing> tag_policy(const Surroundings& around, const Call& call, const api::TagPolicyRequest& input) {
    const auto add = [&](model::ManagedPolicy& policy) -> Result<Nothing> {
        policy.tags = TRY(tagged(policy.tags, *input.Tags));
        return Nothing{};
    };
    return change_policy<Nothing>(around, call, *input.PolicyArn, add);
}

Result<Nothing> untag_policy(const Surroundings& around, const Call& call,
                             const api::UntagPolicyRequest& input) {
    const auto remove = [&](model::ManagedPolicy& policy) -> Result<Nothing> {
        policy.tags = untagged(policy.tags, *input.TagKeys);
        return Nothing{};
    };
    return change_policy<Nothing>(around, call, *input.PolicyArn, remove);
}

Result<api::ListPolicyTagsResponse> list_policy_tags(const Surroundings& around, const Call& call,
                                                     const api::ListPolicyTagsRequest& input) {
    const StoredPolicy stored = TRY(find_policy(around.store, call.account(), *input.PolicyArn));
    const auto shown_page = TRY(page(
        stored.record.tags, [](const model::Tag& tag) { return tag.Key; }, input.Marker, input.MaxItems));
    api::ListPolicyTagsResponse answer;
    answer.Tags = iam::shown(shown_page.items);
    put_page(answer, shown_page);
    return answer;
}

namespace {

namespace ops = api::ops;

std::vector<std::string> created_policy(const Call& call, const api::CreatePolicyRequest& input) {
    return below_account(call, "policy", input.Path.value_or("/"), *input.PolicyName);
}

std::vector<std::string> all_policies(const Call& call, const api::ListPoliciesRequest& input) {
    return below_account(call, "policy", input.PathPrefix.value_or("/"), "");
}

}  // namespace

Rows policy_operations(const Surroundings& around) {
    return {
        row<ops::CreatePolicy>(around, created_policy, create_policy),
        on_policy<ops::CreatePolicyVersion>(around, create_policy_version),
        on_policy<ops::DeletePolicy>(around, delete_policy),
        on_policy<ops::DeletePolicyVersion>(around, delete_policy_version),
        on_policy<ops::GetPolicy>(around, get_policy),
        on_policy<ops::GetPolicyVersion>(around, get_policy_version),
        row<ops::ListPolicies>(around, all_policies, list_policies),
        on_policy<ops::ListPolicyTags>(around, list_policy_tags),
        on_policy<ops::ListPolicyVersions>(around, list_policy_versions),
        on_policy<ops::SetDefaultPolicyVersion>(around, set_default_policy_version),
        on_policy<ops::TagPolicy>(around, tag_policy),
        on_policy<ops::UntagPolicy>(around, untag_policy),
    };
}

}  // namespace countersign::iam
