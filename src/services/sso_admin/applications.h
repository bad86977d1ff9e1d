// Operations on applications and trusted token issuers, each kind in the file of its name, and what they
// share.
#pragma once

#include <string>

#include "identity_center/applications.h"
#include "services/sso_admin/operations.h"

namespace countersign::sso_admin {

using identity_center::FoundApplication;

// The application that a request names, of the caller's account: another account's is none.
Result<FoundApplication> application_of(store::Store& store, const Call& call, const std::string& arn);

// Changes the application that a request names.
template <class Change>
Result<void> change_application(const Deps& deps, const Call& call, const std::string& arn, Change apply) {
    return store::retry_races([&]() -> Result<void> {
        FoundApplication found = TRY(application_of(deps.store, call, arn));
        TRY(apply(found));
        const auto& stored = found.application;
        TRY(deps.store.commit({{stored.unchanged()}, {store::put(stored.key, stored.record)}}));
        return {};
    });
}

// applications.cc
Result<api::CreateApplicationResponse> create_application(const Deps&, const Call&,
                                                          const api::CreateApplicationRequest&);
Result<api::DeleteApplicationResponse> delete_application(const Deps&, const Call&,
                                                          const api::DeleteApplicationRequest&);
Result<api::DescribeApplicationResponse> describe_application(const Deps&, const Call&,
                                                              const api::DescribeApplicationRequest&);
Result<api::ListApplicationsResponse> list_applications(const Deps&, const Call&,
                                                        const api::ListApplicationsRequest&);
Result<api::UpdateApplicationResponse> update_application(const Deps&, const Call&,
                                                          const api::UpdateApplicationRequest&);
Result<api::DescribeApplicationProviderResponse> describe_application_provider(
    const Deps&, const Call&, const api::DescribeApplicationProviderRequest&);
Result<api::ListApplicationProvidersResponse> list_application_providers(
    const Deps&, const Call&, const api::ListApplicationProvidersRequest&);

// application_settings.cc
Result<api::GetApplicationAssignmentConfigurationResponse> get_application_assignment_configuration(
    const Deps&, const Call&, const api::GetApplicationAssignmentConfigurationRequest&);
Result<api::PutApplicationAssignmentConfigurationResponse> put_application_assignment_configuration(
    const Deps&, const Call&, const api::PutApplicationAssignmentConfigurationRequest&);
Result<api::GetApplicationSessionConfigurationResponse> get_application_session_configuration(
    const Deps&, const Call&, const api::GetApplicationSessionConfigurationRequest&);
Result<api::PutApplicationSessionConfigurationResponse> put_application_session_configuration(
    const Deps&, const Call&, const api::PutApplicationSessionConfigurationRequest&);
Result<Nothing> delete_application_authentication_method(
    const Deps&, const Call&, const api::DeleteApplicationAuthenticationMethodRequest&);
Result<api::GetApplicationAuthenticationMethodResponse> get_application_authentication_method(
    const Deps&, const Call&, const api::GetApplicationAuthenticationMethodRequest&);
Result<api::ListApplicationAuthenticationMethodsResponse> list_application_authentication_methods(
    const Deps&, const Call&, const api::ListApplicationAuthenticationMethodsRequest&);
Result<Nothing> put_application_authentication_method(const Deps&, const Call&,
                                                      const api::PutApplicationAuthenticationMethodRequest&);

// application_grants.cc
Result<Nothing> delete_application_grant(const Deps&, const Call&, const api::DeleteApplicationGrantRequest&);
Result<api::GetApplicationGrantResponse> get_application_grant(const Deps&, const Call&,
                                                               const api::GetApplicationGrantRequest&);
Result<api::ListApplicationGrantsResponse> list_application_grants(const Deps&, const Call&,
                                                                   const api::ListApplicationGrantsRequest&);
Result<Nothing> put_application_grant(const Deps&, const Call&, const api::PutApplicationGrantRequest&);

// access_scopes.cc
Result<Nothing> delete_application_access_scope(const Deps&, const Call&,
                                                const api::DeleteApplicationAccessScopeRequest&);
Result<api::GetApplicationAccessScopeResponse> get_application_access_scope(
    const Deps&, const Call&, const api::GetApplicationAccessScopeRequest&);
Result<api::ListApplicationAccessScopesResponse> list_application_access_scopes(
    const Deps&, const Call&, const api::ListApplicationAccessScopesRequest&);
Result<Nothing> put_application_access_scope(const Deps&, const Call&,
                                             const api::PutApplicationAccessScopeRequest&);

// application_assignments.cc
Result<api::CreateApplicationAssignmentResponse> create_application_assignment(
    const Deps&, const Call&, const api::CreateApplicationAssignmentRequest&);
Result<api::DeleteApplicationAssignmentResponse> delete_application_assignment(
    const Deps&, const Call&, const api::DeleteApplicationAssignmentRequest&);
Result<api::DescribeApplicationAssignmentResponse> describe_application_assignment(
    const Deps&, const Call&, const api::DescribeApplicationAssignmentRequest&);
Result<api::ListApplicationAssignmentsResponse> list_application_assignments(
    const Deps&, const Call&, const api::ListApplicationAssignmentsRequest&);
Result<api::ListApplicationAssignmentsForPrincipalResponse> list_application_assignments_for_principal(
    const Deps&, const Call&, const api::ListApplicationAssignmentsForPrincipalRequest&);

// token_issuers.cc
Result<api::CreateTrustedTokenIssuerResponse> create_trusted_token_issuer(
    const Deps&, const Call&, const api::CreateTrustedTokenIssuerRequest&);
Result<api::DeleteTrustedTokenIssuerResponse> delete_trusted_token_issuer(
    const Deps&, const Call&, const api::DeleteTrustedTokenIssuerRequest&);
Result<api::DescribeTrustedTokenIssuerResponse> describe_trusted_token_issuer(
    const Deps&, const Call&, const api::DescribeTrustedTokenIssuerRequest&);
Result<api::ListTrustedTokenIssuersResponse> list_trusted_token_issuers(
    const Deps&, const Call&, const api::ListTrustedTokenIssuersRequest&);
Result<api::UpdateTrustedTokenIssuerResponse> update_trusted_token_issuer(
    const Deps&, const Call&, const api::UpdateTrustedTokenIssuerRequest&);

}  // namespace countersign::sso_admin
