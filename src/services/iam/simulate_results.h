// What IAM's simulator answers about one action on one resource, made of policy::explain()'s trail.
#pragma once

#include <string>
#include <vector>

#include "generated/iam.h"
#include "policy/explain.h"
#include "policy/policy.h"

namespace countersign::iam {

// `specific`: resources were named, so that the answer has a part for each.
api::EvaluationResult simulation_result(const policy::PolicySet& policies, const policy::Request& request,
                                        bool specific);

}  // namespace countersign::iam
