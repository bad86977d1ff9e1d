#include "services/sso_admin/service.h"

#include "gateway/rows.h"
#include "generated/sso_admin.h"
#include "model/arn.h"
#include "services/sso_admin/applications.h"

namespace countersign::sso_admin {

namespace {

namespace ops = api::ops;

// What a request names, in the forms in which policies name it. Source: Service Authorization Reference,
// "Actions, resources, and condition keys for AWS IAM Identity Center".
template <class Op, class... Part>
gateway::Operation on(const Deps& deps, std::type_identity_t<gateway::Function<Op, Deps>> function,
                      Part... parts) {
    auto resources = [parts...](const Call& call, const typename Op::Input& input) {
        return std::vector<std::string>{parts(call, input)...};
    };
    return gateway::row<Op>(deps, resources, function);
}

const auto its_instance = [](const Call&, const auto& input) { return *input.InstanceArn; };
const auto its_set = [](const Call&, const auto& input) { return *input.PermissionSetArn; };
const auto its_application = [](const Call&, const auto& input) { return *input.ApplicationArn; };
const auto its_issuer = [](const Call&, const auto& input) { return *input.TrustedTokenIssuerArn; };
const auto its_provider = [](const Call&, const auto& input) { return *input.ApplicationProviderArn; };
const auto its_resource = [](const Call&, const auto& input) { return *input.ResourceArn; };
const auto every_account = [](const Call&, const auto&) { return model::global_arn("sso", "", "account/*"); };
const auto its_account = [](const Call&, const auto& input) {
    return model::global_arn("sso", "", "account/" + *input.AccountId);
};
const auto its_target = [](const Call&, const auto& input) {
    return model::global_arn("sso", "", "account/" + input.TargetId.value_or("*"));
};

template <class Op>
gateway::Operation on_set(const Deps& deps, std::type_identity_t<gateway::Function<Op, Deps>> function) {
    return on<Op>(deps, function, its_instance, its_set);
}

gateway::Rows set_policy_rows(const Deps& deps) {
    return {
        on_set<ops::AttachCustomerManagedPolicyReferenceToPermissionSet>(
            deps, attach_customer_managed_policy_reference_to_permission_set),
        on_set<ops::AttachManagedPolicyToPermissionSet>(deps, attach_managed_policy_to_permission_set),
        on_set<ops::DeleteInlinePolicyFromPermissionSet>(deps, delete_inline_policy_from_permission_set),
        on_set<ops::DeletePermissionsBoundaryFromPermissionSet>(
            deps, delete_permissions_boundary_from_permission_set),
        on_set<ops::DetachCustomerManagedPolicyReferenceFromPermissionSet>(
            deps, detach_customer_managed_policy_reference_from_permission_set),
        on_set<ops::DetachManagedPolicyFromPermissionSet>(deps, detach_managed_policy_from_permission_set),
        on_set<ops::GetInlinePolicyForPermissionSet>(deps, get_inline_policy_for_permission_set),
        on_set<ops::GetPermissionsBoundaryForPermissionSet>(deps,
                                                            get_permissions_boundary_for_permission_set),
        on_set<ops::ListCustomerManagedPolicyReferencesInPermissionSet>(
            deps, list_customer_managed_policy_references_in_permission_set),
        on_set<ops::ListManagedPoliciesInPermissionSet>(deps, list_managed_policies_in_permission_set),
        on_set<ops::PutInlinePolicyToPermissionSet>(deps, put_inline_policy_to_permission_set),
        on_set<ops::PutPermissionsBoundaryToPermissionSet>(deps, put_permissions_boundary_to_permission_set),
    };
}

template <class Op>
gateway::Operation on_application(const Deps& deps,
                                  std::type_identity_t<gateway::Function<Op, Deps>> function) {
    return on<Op>(deps, function, its_application);
}

gateway::Rows application_rows(const Deps& deps) {
    return {
        on<ops::CreateApplication>(deps, create_application, its_instance, its_provider),
        on_application<ops::DeleteApplication>(deps, delete_application),
        on_application<ops::DescribeApplication>(deps, describe_application),
        on<ops::ListApplications>(deps, list_applications, its_instance),
        on_application<ops::UpdateApplication>(deps, update_application),
        on<ops::DescribeApplicationProvider>(deps, describe_application_provider, its_provider),
        gateway::on_all_resources<ops::ListApplicationProviders>(deps, list_application_providers),
        on_application<ops::CreateApplicationAssignment>(deps, create_application_assignment),
        on_application<ops::DeleteApplicationAssignment>(deps, delete_application_assignment),
        on_application<ops::DescribeApplicationAssignment>(deps, describe_application_assignment),
        on_application<ops::ListApplicationAssignments>(deps, list_application_assignments),
        on<ops::ListApplicationAssignmentsForPrincipal>(deps, list_application_assignments_for_principal,
                                                        its_instance),
        on<ops::CreateTrustedTokenIssuer>(deps, create_trusted_token_issuer, its_instance),
        on<ops::DeleteTrustedTokenIssuer>(deps, delete_trusted_token_issuer, its_issuer),
        on<ops::DescribeTrustedTokenIssuer>(deps, describe_trusted_token_issuer, its_issuer),
        on<ops::ListTrustedTokenIssuers>(deps, list_trusted_token_issuers, its_instance),
        on<ops::UpdateTrustedTokenIssuer>(deps, update_trusted_token_issuer, its_issuer),
    };
}

gateway::Rows application_setting_rows(const Deps& deps) {
    return {
        on_application<ops::GetApplicationAssignmentConfiguration>(deps,
                                                                   get_application_assignment_configuration),
        on_application<ops::PutApplicationAssignmentConfiguration>(deps,
                                                                   put_application_assignment_configuration),
        on_application<ops::GetApplicationSessionConfiguration>(deps, get_application_session_configuration),
        on_application<ops::PutApplicationSessionConfiguration>(deps, put_application_session_configuration),
        on_application<ops::DeleteApplicationAuthenticationMethod>(deps,
                                                                   delete_application_authentication_method),
        on_application<ops::GetApplicationAuthenticationMethod>(deps, get_application_authentication_method),
        on_application<ops::ListApplicationAuthenticationMethods>(deps,
                                                                  list_application_authentication_methods),
        on_application<ops::PutApplicationAuthenticationMethod>(deps, put_application_authentication_method),
        on_application<ops::DeleteApplicationGrant>(deps, delete_application_grant),
        on_application<ops::GetApplicationGrant>(deps, get_application_grant),
        on_application<ops::ListApplicationGrants>(deps, list_application_grants),
        on_application<ops::PutApplicationGrant>(deps, put_application_grant),
        on_application<ops::DeleteApplicationAccessScope>(deps, delete_application_access_scope),
        on_application<ops::GetApplicationAccessScope>(deps, get_application_access_scope),
        on_application<ops::ListApplicationAccessScopes>(deps, list_application_access_scopes),
        on_application<ops::PutApplicationAccessScope>(deps, put_application_access_scope),
    };
}

gateway::Rows rows(const Deps& deps) {
    return {
        on<ops::CreateAccountAssignment>(deps, create_account_assignment, its_instance, its_set, its_target),
        gateway::on_all_resources<ops::CreateInstance>(deps, create_instance),
        on<ops::CreatePermissionSet>(deps, create_permission_set, its_instance),
        on<ops::DeleteAccountAssignment>(deps, delete_account_assignment, its_instance, its_set, its_target),
        on<ops::DeleteInstance>(deps, delete_instance, its_instance),
        on_set<ops::DeletePermissionSet>(deps, delete_permission_set),
        on<ops::DescribeAccountAssignmentCreationStatus>(deps, describe_account_assignment_creation_status,
                                                         its_instance),
        on<ops::DescribeAccountAssignmentDeletionStatus>(deps, describe_account_assignment_deletion_status,
                                                         its_instance),
        on<ops::DescribeInstance>(deps, describe_instance, its_instance),
        on_set<ops::DescribePermissionSet>(deps, describe_permission_set),
        on<ops::DescribePermissionSetProvisioningStatus>(deps, describe_permission_set_provisioning_status,
                                                         its_instance),
        on<ops::ListAccountAssignmentCreationStatus>(deps, list_account_assignment_creation_status,
                                                     its_instance),
        on<ops::ListAccountAssignmentDeletionStatus>(deps, list_account_assignment_deletion_status,
                                                     its_instance),
        on<ops::ListAccountAssignments>(deps, list_account_assignments, its_instance, its_set, its_account),
        on<ops::ListAccountAssignmentsForPrincipal>(deps, list_account_assignments_for_principal,
                                                    its_instance, every_account),
        on_set<ops::ListAccountsForProvisionedPermissionSet>(deps,
                                                             list_accounts_for_provisioned_permission_set),
        gateway::on_all_resources<ops::ListInstances>(deps, list_instances),
        on<ops::ListPermissionSetProvisioningStatus>(deps, list_permission_set_provisioning_status,
                                                     its_instance),
        on<ops::ListPermissionSets>(deps, list_permission_sets, its_instance),
        on<ops::ListPermissionSetsProvisionedToAccount>(deps, list_permission_sets_provisioned_to_account,
                                                        its_instance, its_account),
        on<ops::ListTagsForResource>(deps, list_tags_for_resource, its_resource),
        on<ops::ProvisionPermissionSet>(deps, provision_permission_set, its_instance, its_set, its_target),
        on<ops::TagResource>(deps, tag_resource, its_resource),
        on<ops::UntagResource>(deps, untag_resource, its_resource),
        on<ops::UpdateInstance>(deps, update_instance, its_instance),
        on_set<ops::UpdatePermissionSet>(deps, update_permission_set),
    };
}

}  // namespace

gateway::Service service(const Deps& deps) {
    gateway::Rows all = rows(deps);
    for (auto& more : {&set_policy_rows, &application_rows, &application_setting_rows})
        for (gateway::Operation& row : more(deps)) all.push_back(std::move(row));
    return gateway::Service{api::model, gateway::Locality::anywhere, api::errors, std::move(all)};
}

}  // namespace countersign::sso_admin
