// What web identities and SAML assertions bring to a session.
#pragma once

#include "access/session.h"
#include "federation/session_context.h"

namespace countersign::sts {

// Session tags and source identity as the identity provider gave them.
void take_context(const federation::SessionContext& given, access::Session& session);

}  // namespace countersign::sts
