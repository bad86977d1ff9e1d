// A decision in words: the end of AWS's AccessDenied message, and the name of the statement that decided.
// Source: IAM User Guide, "Troubleshoot access denied error messages".
#pragma once

#include <string>
#include <string_view>

#include "policy/policy.h"

namespace countersign::policy {

// AssumeRole or one of its kin, for which the resource's policy is a role's trust policy.
bool assumes_role(std::string_view action);

// "identity-based policy", "role trust policy": as AWS calls a policy of this kind.
std::string_view policy_words(Kind kind, std::string_view action);

// "because no identity-based policy allows the rds:CreateDBCluster action", "with an explicit deny in an
// identity-based policy"; empty for an allowed request.
std::string refusal_reason(const Decision& decision, std::string_view action);

// "arn:PARTITION:iam::…:policy/P, statement 2 (DenyOutside)": the Sid only where there is one.
std::string decided_by_text(const DecidedBy& by);

}  // namespace countersign::policy
