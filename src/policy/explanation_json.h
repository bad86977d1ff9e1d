// The JSON form of an explanation: {"decision", "by", "kinds": [{"kind", "level", "effect", "policies":
// [{"policy", "readable", "statements": [{"statement", "sid", "effect", "outcome", "failed", "line",
// "start", "end"}]}]}], "missingContextValues"}. Decisions and effects are named as IAM's simulator names
// them.
#pragma once

#include <string_view>

#include "formats/json.h"
#include "policy/explain.h"

namespace countersign::policy {

std::string_view name_of(Effect effect);    // allowed, explicitDeny, implicitDeny
std::string_view name_of(Kind kind);        // identity, boundary, session, guardrail, resource
std::string_view name_of(Outcome outcome);  // applies, actionDiffers, …

formats::json::object to_json(const Explanation& explanation);

}  // namespace countersign::policy
