#include "services/iam/service.h"

#include <algorithm>
#include <iterator>

#include "generated/iam.h"
#include "services/iam/operation_registry.h"

namespace countersign::iam {

namespace {

constexpr Rows (*nouns[])(const Deps&) = {
    access_key_operations,
    account_operations,
    account_summary_operations,
    authorization_details_operations,
    credential_report_operations,
    entity_policy_operations,
    group_operations,
    instance_profile_operations,
    login_profile_operations,
    mfa_device_operations,
    oidc_provider_operations,
    policy_entity_operations,
    policy_operations,
    policy_version_operations,
    role_operations,
    saml_provider_operations,
    server_certificate_operations,
    service_linked_role_operations,
    service_specific_credential_operations,
    signing_certificate_operations,
    simulate_operations,
    ssh_public_key_operations,
    user_operations,
};

}  // namespace

gateway::Service service(const Deps& deps) {
    gateway::Service service{api::model, gateway::Locality::global, api::errors, {}};
    Deps shared = deps;
    shared.policy_uses = std::make_shared<PolicyUses>(deps.store);
    for (const auto operations_of : nouns)
        std::ranges::move(operations_of(shared), std::back_inserter(service.operations));
    return service;
}

}  // namespace countersign::iam
