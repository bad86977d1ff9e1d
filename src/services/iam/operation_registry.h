// The operations of each noun, each in the file of its name. service.cc puts them together.
#pragma once

#include "services/iam/operation_builders.h"

namespace countersign::iam {

Rows access_key_operations(const Deps& deps);
Rows account_operations(const Deps& deps);
Rows account_summary_operations(const Deps& deps);
Rows authorization_details_operations(const Deps& deps);
Rows credential_report_operations(const Deps& deps);
Rows entity_policy_operations(const Deps& deps);
Rows group_operations(const Deps& deps);
Rows instance_profile_operations(const Deps& deps);
Rows login_profile_operations(const Deps& deps);
Rows mfa_device_operations(const Deps& deps);
Rows oidc_provider_operations(const Deps& deps);
Rows policy_entity_operations(const Deps& deps);
Rows policy_operations(const Deps& deps);
Rows policy_version_operations(const Deps& deps);
Rows role_operations(const Deps& deps);
Rows saml_provider_operations(const Deps& deps);
Rows server_certificate_operations(const Deps& deps);
Rows service_linked_role_operations(const Deps& deps);
Rows service_specific_credential_operations(const Deps& deps);
Rows signing_certificate_operations(const Deps& deps);
Rows simulate_operations(const Deps& deps);
Rows ssh_public_key_operations(const Deps& deps);
Rows user_operations(const Deps& deps);

}  // namespace countersign::iam
