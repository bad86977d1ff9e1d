// What web identities and SAML assertions bring to a session.
#pragma once

#include "access/session.h"
#include "base/result.h"
#include "federation/session_context.h"

namespace countersign::sts {

// Session tags and source identity as the identity provider gave them. The tags are held against the rules
// that AssumeRole's own have, so that a policy never meets a value that AWS would not have let in. Code
// InvalidIdentityToken; its message repeats nothing of the token.
Result<void> take_context(const federation::SessionContext& given, access::Session& session);

}  // namespace countersign::sts
