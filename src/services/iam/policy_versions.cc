// Operations on the versions of managed policies.
#include <fmt/format.h>

#include <algorithm>

#include "formats/uri.h"
#include "services/iam/operation_registry.h"
#include "services/iam/paging.h"
#include "services/iam/policies.h"

namespace countersign::iam {

namespace ops = api::ops;
using gateway::Call;
using gateway::Nothing;

namespace {

constexpr std::size_t versions_max = 5;

Result<std::vector<model::PolicyVersion>::const_iterator> find_version(const model::ManagedPolicy& policy,
                                                                       const std::string& arn,
                                                                       const std::string& id) {
    const auto found = std::ranges::find(policy.versions, id, &model::PolicyVersion::id);
    if (found == policy.versions.end())
        return Error{Fault::not_found,
                     fmt::format("Policy {} version {} does not exist or is not attachable.", arn, id),
                     "NoSuchEntity"};
    return found;
}

api::PolicyVersion shown_version(const model::ManagedPolicy& policy, const model::PolicyVersion& version) {
    api::PolicyVersion answer;
    answer.VersionId = version.id;
    answer.IsDefaultVersion = version.id == policy.default_version;
    answer.CreateDate = version.created;
    return answer;
}

Result<api::CreatePolicyVersionResponse> create_policy_version(const Deps& deps, const Call& call,
                                                               const api::CreatePolicyVersionRequest& input) {
    TRY(check_managed(*input.PolicyDocument));
    api::CreatePolicyVersionResponse answer;
    const auto add = [&](model::ManagedPolicy& policy) -> Result<void> {
        if (policy.versions.size() >= versions_max)
            return Error{
                Fault::conflict,
                "A managed policy can have up to 5 versions. Before you create a new version, you must "
                "delete an existing version.",
                "LimitExceeded"};
        const model::PolicyVersion version = add_version(policy, *input.PolicyDocument, call.now);
        if (input.SetAsDefault.value_or(false)) policy.default_version = version.id;
        answer.PolicyVersion = shown_version(policy, version);
        return {};
    };
    TRY(change_policy<ops::CreatePolicyVersion>(deps, call, input, add));
    return answer;
}

Result<api::GetPolicyVersionResponse> get_policy_version(const Deps& deps, const Call& call,
                                                         const api::GetPolicyVersionRequest& input) {
    auto found = TRY(read_policy(deps.store, call.account(), *input.PolicyArn));
    found.policy.versions = TRY(versions_of(found));
    const auto version = TRY(find_version(found.policy, *input.PolicyArn, *input.VersionId));
    api::GetPolicyVersionResponse answer;
    answer.PolicyVersion = shown_version(found.policy, *version);
    answer.PolicyVersion->Document = formats::percent_encode(version->document);
    return answer;
}

Result<api::ListPolicyVersionsResponse> list_policy_versions(const Deps& deps, const Call& call,
                                                             const api::ListPolicyVersionsRequest& input) {
    const auto found = TRY(read_policy(deps.store, call.account(), *input.PolicyArn));
    const auto newest_first = [](const model::PolicyVersion& version) {
        constexpr std::uint64_t numbers_max = 1'000'000'000'000;
        const auto number = parse_number<std::uint64_t>(std::string_view(version.id).substr(1));
        return fmt::format("{:012}", numbers_max - number.value_or(0) - 1);
    };
    const auto shown_page = TRY(page(found.policy.versions, newest_first, input.Marker, input.MaxItems));
    api::ListPolicyVersionsResponse answer;
    for (const model::PolicyVersion& version : shown_page.items)
        answer.Versions.push_back(shown_version(found.policy, version));
    put_page(answer, shown_page);
    return answer;
}

Result<Nothing> delete_policy_version(const Deps& deps, const Call& call,
                                      const api::DeletePolicyVersionRequest& input) {
    const auto remove = [&](model::ManagedPolicy& policy) -> Result<void> {
        const auto version = TRY(find_version(policy, *input.PolicyArn, *input.VersionId));
        if (version->id == policy.default_version)
            return Error{Fault::conflict, "Cannot delete the default version of a policy.", "DeleteConflict"};
        policy.versions.erase(version);
        policy.updated = call.now;
        return {};
    };
    return change_policy<ops::DeletePolicyVersion>(deps, call, input, remove);
}

Result<Nothing> set_default_policy_version(const Deps& deps, const Call& call,
                                           const api::SetDefaultPolicyVersionRequest& input) {
    const auto choose = [&](model::ManagedPolicy& policy) -> Result<void> {
        policy.default_version = TRY(find_version(policy, *input.PolicyArn, *input.VersionId))->id;
        policy.updated = call.now;
        return {};
    };
    return change_policy<ops::SetDefaultPolicyVersion>(deps, call, input, choose);
}

}  // namespace

Rows policy_version_operations(const Deps& deps) {
    return {
        on_tagged_policy<ops::CreatePolicyVersion>(deps, create_policy_version),
        on_tagged_policy<ops::DeletePolicyVersion>(deps, delete_policy_version),
        on_tagged_policy<ops::GetPolicyVersion>(deps, get_policy_version),
        on_tagged_policy<ops::ListPolicyVersions>(deps, list_policy_versions),
        on_tagged_policy<ops::SetDefaultPolicyVersion>(deps, set_default_policy_version),
    };
}

}  // namespace countersign::iam
