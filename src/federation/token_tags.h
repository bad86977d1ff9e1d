// Session tags and source identity in the claims of a JWT, in both shapes that AWS documents: one object
// `https://aws.amazon.com/tags`, or one claim a tag (`https://aws.amazon.com/tags/principal_tags/KEY`).
#pragma once

#include "base/result.h"
#include "federation/session_context.h"
#include "formats/json.h"

namespace countersign::federation {

// Code InvalidIdentityToken: a claim of another shape, a tag twice or with several values, or beyond the
// bounds.
Result<SessionContext> session_context_of(const formats::json::object& payload);

}  // namespace countersign::federation
