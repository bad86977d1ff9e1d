// Callers of the control plane: who they are, and whether they may do what they ask.
// Safe to call from any thread.
#pragma once

#include <string_view>

#include "access/caller.h"
#include "access/principals.h"
#include "base/clock.h"
#include "base/result.h"
#include "http/message.h"
#include "policy/policy.h"
#include "sigv4/request.h"

namespace countersign::access {

class Access {
public:
    Access(Principals& principals, std::string account)
        : principals_(principals), account_(std::move(account)) {}

    // The caller that signed this request for that service ("rds", "iam", "sts").
    // Errors carry AWS's codes: MissingAuthenticationToken, InvalidClientTokenId, SignatureDoesNotMatch, …
    Result<Caller> authenticate(const sigv4::SignedRequest& request, std::string_view service, Instant now);

    // Refused with code AccessDenied and AWS's sentence, which names the caller, the action, the resource and
    // what kind of policy refused. `context` is what the request adds to the caller's own condition keys.
    Result<void> authorize(const Caller& caller, std::string_view action, std::string_view resource,
                           policy::Context context) const;

    const std::string& account() const { return account_; }

private:
    Principals& principals_;
    std::string account_;
};

}  // namespace countersign::access
