// What web identities and SAML assertions bring to a session.
#pragma once

#include <optional>
#include <string>

#include "access/session.h"
#include "base/result.h"
#include "federation/session_context.h"
#include "model/iam.h"
#include "policy/policy.h"
#include "services/sts/operations.h"

namespace countersign::sts {

struct RegisteredOidcProvider {
    std::string account;
    model::OidcProvider record;
    std::string arn;
};

// What a web identity proves, whichever kind of token it is.
struct VouchedIdentity {
    std::string subject;
    std::string audience;
    policy::Context keys;  // those that policies of the role's sessions can ask for too
    federation::SessionContext session;
    std::optional<store::Transaction>
        claim;  // committed before a session is begun: what is good for one alone
};

// Whom AWS names as the signer of a GetCallerIdentity request. A call that comes before it has answered is
// made again when it has. Codes InvalidIdentityToken, ExpiredTokenException, IDPCommunicationError.
Result<VouchedIdentity> identity_of_aws(const Deps& deps, const Call& call,
                                        const RegisteredOidcProvider& provider, const std::string& role_arn,
                                        const std::string& token);

// Who the caller claims to be, for the record of a call that comes to nothing: the provider as it is named,
// and the role. Nothing of an account that is not here.
Result<void> keep_claimed(const Deps& deps, const Call& call, const std::string& role_arn,
                          const std::string& provider);

// Takes what is good for one session alone. Code InvalidIdentityToken where it was taken before.
Result<void> claim(store::Store& store, const VouchedIdentity& identity);

// Session tags and source identity as the identity provider gave them. The tags are held against the rules
// that AssumeRole's own have, so that a policy never meets a value that AWS would not have let in. Code
// InvalidIdentityToken; its message repeats nothing of the token.
Result<void> take_context(const federation::SessionContext& given, access::Session& session);

}  // namespace countersign::sts
