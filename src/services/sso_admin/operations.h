// The operations, each kind in the file of its name, and what they share. service.cc puts them together.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/operation.h"
#include "gateway/paging.h"
#include "generated/sso_admin.h"
#include "identity_center/instances.h"
#include "model/identity_center.h"
#include "services/sso_admin/service.h"

namespace countersign::sso_admin {

using gateway::Call;
using gateway::Nothing;

inline Error not_found(std::string message) {
    return {Fault::not_found, std::move(message), "ResourceNotFoundException"};
}
inline Error conflict(std::string message) {
    return {Fault::conflict, std::move(message), "ConflictException"};
}
inline Error invalid(std::string message) {
    return {Fault::invalid, std::move(message), "ValidationException"};
}

using SetRecord = store::Stored<model::PermissionSet>;

// The instance that a request names, of the caller's account: another account's is none.
Result<model::IdentityCenter> instance_of(store::Store& store, const Call& call, const std::string& arn);

// The permission set that a request names by its ARN, in its instance.
Result<SetRecord> set_of(store::Store& store, const model::IdentityCenter& instance, const std::string& arn);

// Both that a request names.
struct Meant {
    model::IdentityCenter instance;
    SetRecord set;
};
template <class Input>
Result<Meant> meant(const Deps& deps, const Call& call, const Input& input) {
    model::IdentityCenter instance = TRY(instance_of(deps.store, call, *input.InstanceArn));
    SetRecord set = TRY(set_of(deps.store, instance, *input.PermissionSetArn));
    return Meant{std::move(instance), std::move(set)};
}

// Changes the permission set that a request names.
template <class Input, class Change>
Result<void> change_set(const Deps& deps, const Call& call, const Input& input, Change apply) {
    return store::retry_races([&]() -> Result<void> {
        Meant found = TRY(meant(deps, call, input));
        TRY(apply(found.set.record));
        TRY(deps.store.commit({{found.set.unchanged()}, {store::put(found.set.key, found.set.record)}}));
        return {};
    });
}

// Pages of a list, in the order of `place`.
template <class Item, class Place, class Input>
Result<gateway::PageOf<Item>> page(std::vector<Item> items, Place place, const Input& input) {
    constexpr std::int64_t items_max = 100;
    return gateway::page_of(
        std::move(items), place,
        gateway::PageRequest{input.NextToken, static_cast<std::size_t>(input.MaxResults.value_or(items_max)),
                             "ValidationException"});
}

// Whoever has a role made with policies, or taken away, needs the rights of IAM to that, on the role in the
// account: else whoever may give permission sets would be everybody. requests.cc
Result<void> authorize_making(const Call& call, const model::PermissionSet& set, const std::string& account);
Result<void> authorize_deleting(const Call& call, const model::PermissionSet& set,
                                const std::string& account);

// Tags that something is made with. tags.cc
Result<std::vector<model::Tag>> given_tags(const std::optional<std::vector<api::Tag>>& tags);

inline std::string itself(const std::string& item) {
    return item;
}

// Puts down what became of a request; older ones than a day are forgotten. requests.cc
Result<model::IdentityRequest> note_request(const Deps& deps, const model::IdentityCenter& instance,
                                            model::IdentityRequest request, const Result<void>& done);
Result<model::IdentityRequest> find_request(store::Store& store, const model::IdentityCenter& instance,
                                            const std::string& id, model::RequestKind kind);
std::string status_of(const model::IdentityRequest& request);

// instances.cc
Result<api::CreateInstanceResponse> create_instance(const Deps&, const Call&,
                                                    const api::CreateInstanceRequest&);
Result<api::DeleteInstanceResponse> delete_instance(const Deps&, const Call&,
                                                    const api::DeleteInstanceRequest&);
Result<api::DescribeInstanceResponse> describe_instance(const Deps&, const Call&,
                                                        const api::DescribeInstanceRequest&);
Result<api::ListInstancesResponse> list_instances(const Deps&, const Call&, const api::ListInstancesRequest&);
Result<api::UpdateInstanceResponse> update_instance(const Deps&, const Call&,
                                                    const api::UpdateInstanceRequest&);

// permission_sets.cc
Result<api::CreatePermissionSetResponse> create_permission_set(const Deps&, const Call&,
                                                               const api::CreatePermissionSetRequest&);
Result<api::DeletePermissionSetResponse> delete_permission_set(const Deps&, const Call&,
                                                               const api::DeletePermissionSetRequest&);
Result<api::DescribePermissionSetResponse> describe_permission_set(const Deps&, const Call&,
                                                                   const api::DescribePermissionSetRequest&);
Result<api::ListPermissionSetsResponse> list_permission_sets(const Deps&, const Call&,
                                                             const api::ListPermissionSetsRequest&);
Result<api::UpdatePermissionSetResponse> update_permission_set(const Deps&, const Call&,
                                                               const api::UpdatePermissionSetRequest&);

// set_policies.cc
Result<api::AttachCustomerManagedPolicyReferenceToPermissionSetResponse>
attach_customer_managed_policy_reference_to_permission_set(
    const Deps&, const Call&, const api::AttachCustomerManagedPolicyReferenceToPermissionSetRequest&);
Result<api::AttachManagedPolicyToPermissionSetResponse> attach_managed_policy_to_permission_set(
    const Deps&, const Call&, const api::AttachManagedPolicyToPermissionSetRequest&);
Result<api::DeleteInlinePolicyFromPermissionSetResponse> delete_inline_policy_from_permission_set(
    const Deps&, const Call&, const api::DeleteInlinePolicyFromPermissionSetRequest&);
Result<api::DeletePermissionsBoundaryFromPermissionSetResponse>
delete_permissions_boundary_from_permission_set(
    const Deps&, const Call&, const api::DeletePermissionsBoundaryFromPermissionSetRequest&);
Result<api::DetachCustomerManagedPolicyReferenceFromPermissionSetResponse>
detach_customer_managed_policy_reference_from_permission_set(
    const Deps&, const Call&, const api::DetachCustomerManagedPolicyReferenceFromPermissionSetRequest&);
Result<api::DetachManagedPolicyFromPermissionSetResponse> detach_managed_policy_from_permission_set(
    const Deps&, const Call&, const api::DetachManagedPolicyFromPermissionSetRequest&);
Result<api::GetInlinePolicyForPermissionSetResponse> get_inline_policy_for_permission_set(
    const Deps&, const Call&, const api::GetInlinePolicyForPermissionSetRequest&);
Result<api::GetPermissionsBoundaryForPermissionSetResponse> get_permissions_boundary_for_permission_set(
    const Deps&, const Call&, const api::GetPermissionsBoundaryForPermissionSetRequest&);
Result<api::ListCustomerManagedPolicyReferencesInPermissionSetResponse>
list_customer_managed_policy_references_in_permission_set(
    const Deps&, const Call&, const api::ListCustomerManagedPolicyReferencesInPermissionSetRequest&);
Result<api::ListManagedPoliciesInPermissionSetResponse> list_managed_policies_in_permission_set(
    const Deps&, const Call&, const api::ListManagedPoliciesInPermissionSetRequest&);
Result<api::PutInlinePolicyToPermissionSetResponse> put_inline_policy_to_permission_set(
    const Deps&, const Call&, const api::PutInlinePolicyToPermissionSetRequest&);
Result<api::PutPermissionsBoundaryToPermissionSetResponse> put_permissions_boundary_to_permission_set(
    const Deps&, const Call&, const api::PutPermissionsBoundaryToPermissionSetRequest&);

// assignments.cc
Result<api::CreateAccountAssignmentResponse> create_account_assignment(
    const Deps&, const Call&, const api::CreateAccountAssignmentRequest&);
Result<api::DeleteAccountAssignmentResponse> delete_account_assignment(
    const Deps&, const Call&, const api::DeleteAccountAssignmentRequest&);
Result<api::DescribeAccountAssignmentCreationStatusResponse> describe_account_assignment_creation_status(
    const Deps&, const Call&, const api::DescribeAccountAssignmentCreationStatusRequest&);
Result<api::DescribeAccountAssignmentDeletionStatusResponse> describe_account_assignment_deletion_status(
    const Deps&, const Call&, const api::DescribeAccountAssignmentDeletionStatusRequest&);
Result<api::ListAccountAssignmentsResponse> list_account_assignments(
    const Deps&, const Call&, const api::ListAccountAssignmentsRequest&);
Result<api::ListAccountAssignmentsForPrincipalResponse> list_account_assignments_for_principal(
    const Deps&, const Call&, const api::ListAccountAssignmentsForPrincipalRequest&);

// provisioning.cc
Result<api::DescribePermissionSetProvisioningStatusResponse> describe_permission_set_provisioning_status(
    const Deps&, const Call&, const api::DescribePermissionSetProvisioningStatusRequest&);
Result<api::ListAccountsForProvisionedPermissionSetResponse> list_accounts_for_provisioned_permission_set(
    const Deps&, const Call&, const api::ListAccountsForProvisionedPermissionSetRequest&);
Result<api::ListPermissionSetsProvisionedToAccountResponse> list_permission_sets_provisioned_to_account(
    const Deps&, const Call&, const api::ListPermissionSetsProvisionedToAccountRequest&);
Result<api::ProvisionPermissionSetResponse> provision_permission_set(
    const Deps&, const Call&, const api::ProvisionPermissionSetRequest&);

// tags.cc
Result<api::ListTagsForResourceResponse> list_tags_for_resource(const Deps&, const Call&,
                                                                const api::ListTagsForResourceRequest&);
Result<api::TagResourceResponse> tag_resource(const Deps&, const Call&, const api::TagResourceRequest&);
Result<api::UntagResourceResponse> untag_resource(const Deps&, const Call&, const api::UntagResourceRequest&);

// request_lists.cc
Result<api::ListAccountAssignmentCreationStatusResponse> list_account_assignment_creation_status(
    const Deps&, const Call&, const api::ListAccountAssignmentCreationStatusRequest&);
Result<api::ListAccountAssignmentDeletionStatusResponse> list_account_assignment_deletion_status(
    const Deps&, const Call&, const api::ListAccountAssignmentDeletionStatusRequest&);
Result<api::ListPermissionSetProvisioningStatusResponse> list_permission_set_provisioning_status(
    const Deps&, const Call&, const api::ListPermissionSetProvisioningStatusRequest&);

}  // namespace countersign::sso_admin
