// Callers of the control plane: who they are, and whether they may do what they ask.
// Safe to call from any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "access/caller.h"
#include "access/denial.h"
#include "access/last_used.h"
#include "access/principals.h"
#include "base/clock.h"
#include "base/result.h"
#include "http/message.h"
#include "policy/policy.h"
#include "sigv4/request.h"

namespace countersign::access {

// What somebody wants to do. `context` is what the request adds to the caller's own condition keys.
struct Wanted {
    std::string_view action;
    std::string_view resource;
    policy::Context context;
    std::vector<policy::Policy> resource_policies = {};  // of the resource: a role's trust policy
};

class Access {
public:
    Access(Principals& principals, LastUsed& last_used) : principals_(principals), last_used_(last_used) {}

    // The caller that signed this request for that service ("rds", "iam", "sts").
    // Errors carry AWS's codes: MissingAuthenticationToken, InvalidClientTokenId, SignatureDoesNotMatch, …
    // For IAM, the sessions of users are valid only with an MFA code given, and those of federated users
    // never.
    Result<Caller> authenticate(const sigv4::SignedRequest& request, std::string_view service, Instant now);

    // Whoever signs nothing: it may do only what is open to all.
    static Caller anonymous();

    // Whether a caller that proved who it is may call that service at all, by now: refused as authenticate()
    // refuses are whoever signed nothing, a session that has ended, and one that is none for the service.
    Result<void> check_caller(const Caller& caller, std::string_view service, Instant now) const;

    policy::Decision decide(const Caller& caller, const Wanted& wanted, Instant now) const;

    // What decide() decides, with all that led to it.
    Denial explain(const Caller& caller, const Wanted& wanted, Instant now) const;

    // Refused with code AccessDenied and AWS's sentence, which names the caller, the action, the resource and
    // what kind of policy refused.
    Result<void> authorize(const Caller& caller, const Wanted& wanted, Instant now) const;

    Principals& principals() const { return principals_; }
    const LastUsed& last_used() const { return last_used_; }

private:
    void note_use(const Caller& caller, const sigv4::Scope& scope, Instant now);

    Principals& principals_;
    LastUsed& last_used_;
};

}  // namespace countersign::access
