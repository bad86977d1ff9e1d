// The operations of each noun, each in the file of its name. service.cc puts them together.
#pragma once

#include "services/iam/rows.h"

namespace countersign::iam {

Rows access_key_operations(const Surroundings& around);
Rows account_operations(const Surroundings& around);
Rows account_summary_operations(const Surroundings& around);
Rows authorization_details_operations(const Surroundings& around);
Rows credential_report_operations(const Surroundings& around);
Rows entity_policy_operations(const Surroundings& around);
Rows group_operations(const Surroundings& around);
Rows instance_profile_operations(const Surroundings& around);
Rows login_profile_operations(const Surroundings& around);
Rows mfa_device_operations(const Surroundings& around);
Rows oidc_provider_operations(const Surroundings& around);
Rows policy_entity_operations(const Surroundings& around);
Rows policy_operations(const Surroundings& around);
Rows policy_version_operations(const Surroundings& around);
Rows role_operations(const Surroundings& around);
Rows saml_provider_operations(const Surroundings& around);
Rows server_certificate_operations(const Surroundings& around);
Rows service_linked_role_operations(const Surroundings& around);
Rows service_specific_credential_operations(const Surroundings& around);
Rows signing_certificate_operations(const Surroundings& around);
Rows simulate_operations(const Surroundings& around);
Rows ssh_public_key_operations(const Surroundings& around);
Rows user_operations(const Surroundings& around);

}  // namespace countersign::iam
