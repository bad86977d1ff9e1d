// From a token of a trusted issuer elsewhere to the person here whom it speaks of. Safe to call from any
// thread. Source: IAM Identity Center User Guide, "Using applications with a trusted token issuer".
#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "federation/jwt.h"
#include "identity_center/applications.h"
#include "identity_center/sessions.h"
#include "store/store.h"

namespace countersign::identity_center {

// The application's issuer with that URL, and the audiences that its tokens may be for. Fault::denied: the
// application has none.
struct IssuerMatch {
    model::TrustedTokenIssuer issuer;
    std::vector<std::string> audiences;
};
Result<IssuerMatch> issuer_for(store::Store& store, const FoundApplication& found, const std::string& url);

// The one active person whose attribute has the value of the token's claim. Fault::denied: nobody, or
// several.
Result<Person> person_of(store::Store& store, const std::string& identity_store,
                         const model::TrustedTokenIssuer& issuer, const federation::VerifiedToken& token);

// Takes a token, which is good once, until it would have ended. Fault::denied: it was taken before.
Result<void> take_token(store::Store& store, const std::string& identity_store, const std::string& token,
                        Instant expires, Instant now);

}  // namespace countersign::identity_center
