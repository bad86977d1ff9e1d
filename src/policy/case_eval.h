// One line of the policy corpus answered: the black box behind `countersign policy eval`.
#pragma once

#include <string>
#include <string_view>

namespace countersign::policy {

// Takes {"id", "identityPolicies", "permissionBoundaries", "sessionPolicy", "scps", "resourcePolicy",
// "principal", "action", "resource", "resourceAccount", "context"} and gives {"id", "decision", "by"}:
// allowed, explicitDeny or implicitDeny, and the statement that decided or null. A policy that is refused
// adds "error" and denies; "explain": true adds "why" and "trail", as explanation_json.h has it; a line that
// cannot be read gives "id" and "error" alone.
std::string evaluate_case_line(std::string_view json_line);

}  // namespace countersign::policy
