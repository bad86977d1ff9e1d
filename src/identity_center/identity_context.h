// For whom an application acts, as it hands it on to STS: sealed by this server, and good as long as the
// access token beside which it was given, its session, and the person's right to the application. Safe to
// call from any thread. Source: IAM Identity Center OIDC API Reference, "AwsAdditionalDetails"; IAM User
// Guide, "Identity-enhanced IAM role sessions"; STS API Reference, "ProvidedContext".
#pragma once

#include <boost/describe.hpp>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/random.h"
#include "crypto/seal.h"
#include "store/store.h"

namespace countersign::identity_center {

// By which AssumeRole knows such a context: arn:aws:iam::aws:contextProvider/IdentityCenter.
std::string context_provider_arn();

struct IdentityContext {
    std::string user;         // its id
    std::string session;      // for which it was given, by its id
    std::string application;  // its ARN
    std::string instance;     // its ARN
    std::string identity_store_arn;
    Instant standing;  // of the person
    Instant expires;
};
BOOST_DESCRIBE_STRUCT(IdentityContext, (),
                      (user, session, application, instance, identity_store_arn, standing, expires))

std::string seal_identity_context(const IdentityContext& context, const crypto::SealingKey& sealing,
                                  crypto::Random& random);

// Fault::denied: altered, made elsewhere, past its end, of a session that has ended, of a person who is
// somebody else by now, or for whom the application may not act any more.
Result<IdentityContext> open_identity_context(store::Store& store, const std::string& assertion,
                                              const crypto::SealingKey& sealing, Instant now);

}  // namespace countersign::identity_center
