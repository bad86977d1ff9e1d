// Operations on what a permission set allows: AWS's policies, those of the accounts, an inline one, a
// boundary.
#include <algorithm>

#include "base/text.h"
#include "model/aws_managed_policies.h"
#include "policy/policy.h"
#include "services/sso_admin/operations.h"

namespace countersign::sso_admin {

namespace {

constexpr std::size_t policies_max = 20;  // AWS's quota for one permission set

Result<const model::AwsManagedPolicy*> policy_of_aws(const std::string& arn) {
    const model::AwsManagedPolicy* const found = model::find_aws_managed_policy(arn);
    if (found == nullptr) return not_found("Policy " + arn + " does not exist or is not attachable.");
    return found;
}

model::PolicyReference reference_of(const api::CustomerManagedPolicyReference& given) {
    return {*given.Name, given.Path.value_or("/")};
}

api::CustomerManagedPolicyReference to_api(const model::PolicyReference& reference) {
    api::CustomerManagedPolicyReference answer;
    answer.Name = reference.name;
    answer.Path = reference.path;
    return answer;
}

template <class Item>
Result<void> add(std::vector<Item>& items, const Item& item, std::string_view what) {
    if (std::ranges::find(items, item) != items.end())
        return conflict("The " + std::string(what) + " is attached already");
    if (items.size() >= policies_max)
        return Error{Fault::conflict, "A permission set has at most 20 of these",
                     "ServiceQuotaExceededException"};
    items.push_back(item);
    return {};
}

template <class Item>
Result<void> remove(std::vector<Item>& items, const Item& item, std::string_view what) {
    if (std::erase(items, item) > 0) return {};
    return not_found("The " + std::string(what) + " is not attached");
}

}  // namespace

Result<api::AttachManagedPolicyToPermissionSetResponse> attach_managed_policy_to_permission_set(
    const Deps& deps, const Call& call, const api::AttachManagedPolicyToPermissionSetRequest& input) {
    TRY(policy_of_aws(*input.ManagedPolicyArn));
    TRY(change_set(deps, call, input, [&](model::PermissionSet& set) {
        return add(set.managed_policies, *input.ManagedPolicyArn, "policy");
    }));
    return api::AttachManagedPolicyToPermissionSetResponse{};
}

Result<api::DetachManagedPolicyFromPermissionSetResponse> detach_managed_policy_from_permission_set(
    const Deps& deps, const Call& call, const api::DetachManagedPolicyFromPermissionSetRequest& input) {
    TRY(change_set(deps, call, input, [&](model::PermissionSet& set) {
        return remove(set.managed_policies, *input.ManagedPolicyArn, "policy");
    }));
    return api::DetachManagedPolicyFromPermissionSetResponse{};
}

Result<api::ListManagedPoliciesInPermissionSetResponse> list_managed_policies_in_permission_set(
    const Deps& deps, const Call& call, const api::ListManagedPoliciesInPermissionSetRequest& input) {
    const Meant found = TRY(meant(deps, call, input));
    const auto shown = TRY(page(found.set.record.managed_policies, itself, input));
    api::ListManagedPoliciesInPermissionSetResponse answer;
    for (const std::string& arn : shown.items) {
        api::AttachedManagedPolicy& policy = answer.AttachedManagedPolicies.emplace_back();
        policy.Arn = arn;
        policy.Name = arn.substr(arn.rfind('/') + 1);
    }
    answer.NextToken = shown.next;
    return answer;
}

Result<api::AttachCustomerManagedPolicyReferenceToPermissionSetResponse>
attach_customer_managed_policy_reference_to_permission_set(
    const Deps& deps, const Call& call,
    const api::AttachCustomerManagedPolicyReferenceToPermissionSetRequest& input) {
    TRY(change_set(deps, call, input, [&](model::PermissionSet& set) {
        return add(set.customer_policies, reference_of(*input.CustomerManagedPolicyReference), "policy");
    }));
    return api::AttachCustomerManagedPolicyReferenceToPermissionSetResponse{};
}

Result<api::DetachCustomerManagedPolicyReferenceFromPermissionSetResponse>
detach_customer_managed_policy_reference_from_permission_set(
    const Deps& deps, const Call& call,
    const api::DetachCustomerManagedPolicyReferenceFromPermissionSetRequest& input) {
    TRY(change_set(deps, call, input, [&](model::PermissionSet& set) {
        return remove(set.customer_policies, reference_of(*input.CustomerManagedPolicyReference), "policy");
    }));
    return api::DetachCustomerManagedPolicyReferenceFromPermissionSetResponse{};
}

Result<api::ListCustomerManagedPolicyReferencesInPermissionSetResponse>
list_customer_managed_policy_references_in_permission_set(
    const Deps& deps, const Call& call,
    const api::ListCustomerManagedPolicyReferencesInPermissionSetRequest& input) {
    const Meant found = TRY(meant(deps, call, input));
    const auto place = [](const model::PolicyReference& one) { return one.path + one.name; };
    const auto shown = TRY(page(found.set.record.customer_policies, place, input));
    api::ListCustomerManagedPolicyReferencesInPermissionSetResponse answer;
    for (const model::PolicyReference& one : shown.items)
        answer.CustomerManagedPolicyReferences.push_back(to_api(one));
    answer.NextToken = shown.next;
    return answer;
}

Result<api::PutInlinePolicyToPermissionSetResponse> put_inline_policy_to_permission_set(
    const Deps& deps, const Call& call, const api::PutInlinePolicyToPermissionSetRequest& input) {
    if (const auto readable = policy::parse(*input.InlinePolicy); !readable)
        return invalid("The policy is not well-formed: " + readable.error().message);
    TRY(change_set(deps, call, input, [&](model::PermissionSet& set) -> Result<void> {
        set.inline_policy = *input.InlinePolicy;
        return {};
    }));
    return api::PutInlinePolicyToPermissionSetResponse{};
}

Result<api::GetInlinePolicyForPermissionSetResponse> get_inline_policy_for_permission_set(
    const Deps& deps, const Call& call, const api::GetInlinePolicyForPermissionSetRequest& input) {
    api::GetInlinePolicyForPermissionSetResponse answer;
    answer.InlinePolicy = TRY(meant(deps, call, input)).set.record.inline_policy;
    return answer;
}

Result<api::DeleteInlinePolicyFromPermissionSetResponse> delete_inline_policy_from_permission_set(
    const Deps& deps, const Call& call, const api::DeleteInlinePolicyFromPermissionSetRequest& input) {
    TRY(change_set(deps, call, input, [&](model::PermissionSet& set) -> Result<void> {
        set.inline_policy.clear();
        return {};
    }));
    return api::DeleteInlinePolicyFromPermissionSetResponse{};
}

Result<api::PutPermissionsBoundaryToPermissionSetResponse> put_permissions_boundary_to_permission_set(
    const Deps& deps, const Call& call, const api::PutPermissionsBoundaryToPermissionSetRequest& input) {
    const api::PermissionsBoundary& given = *input.PermissionsBoundary;
    if (given.ManagedPolicyArn.has_value() == given.CustomerManagedPolicyReference.has_value())
        return invalid("A boundary is either a ManagedPolicyArn or a CustomerManagedPolicyReference");
    if (given.ManagedPolicyArn) TRY(policy_of_aws(*given.ManagedPolicyArn));
    TRY(change_set(deps, call, input, [&](model::PermissionSet& set) -> Result<void> {
        set.boundary = given.ManagedPolicyArn.value_or("");
        set.customer_boundary.reset();
        if (given.CustomerManagedPolicyReference)
            set.customer_boundary = reference_of(*given.CustomerManagedPolicyReference);
        return {};
    }));
    return api::PutPermissionsBoundaryToPermissionSetResponse{};
}

Result<api::GetPermissionsBoundaryForPermissionSetResponse> get_permissions_boundary_for_permission_set(
    const Deps& deps, const Call& call, const api::GetPermissionsBoundaryForPermissionSetRequest& input) {
    const model::PermissionSet set = TRY(meant(deps, call, input)).set.record;
    if (set.boundary.empty() && !set.customer_boundary)
        return not_found("The permission set has no permissions boundary");
    api::GetPermissionsBoundaryForPermissionSetResponse answer;
    api::PermissionsBoundary& boundary = answer.PermissionsBoundary.emplace();
    if (set.customer_boundary)
        boundary.CustomerManagedPolicyReference = to_api(*set.customer_boundary);
    else
        boundary.ManagedPolicyArn = set.boundary;
    return answer;
}

Result<api::DeletePermissionsBoundaryFromPermissionSetResponse>
delete_permissions_boundary_from_permission_set(
    const Deps& deps, const Call& call, const api::DeletePermissionsBoundaryFromPermissionSetRequest& input) {
    TRY(change_set(deps, call, input, [&](model::PermissionSet& set) -> Result<void> {
        set.boundary.clear();
        set.customer_boundary.reset();
        return {};
    }));
    return api::DeletePermissionsBoundaryFromPermissionSetResponse{};
}

}  // namespace countersign::sso_admin
