// The rules that IAM holds a document to before it stores it, in IAM's order and words.
#pragma once

#include "base/result.h"
#include "policy/draft.h"
#include "policy/policy.h"

namespace countersign::policy {

// What no document may break, stored or foreign: what cannot be evaluated as it is written.
Result<void> check_meaning(const Draft& draft, Form form);

// What CreatePolicy and its kin (identity) or a role's trust policy (resource) refuse besides.
Result<void> check_style(const Draft& draft, Form form);

}  // namespace countersign::policy
