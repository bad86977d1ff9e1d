// What the policies of a principal say to one login, for people: policy::explain() with the words of logins
// in it. Pure.
#pragma once

#include <string>

#include "login/verdict.h"
#include "policy/explain.h"

namespace countersign::login {

struct PolicyTrail {
    policy::Explanation explanation;
    std::string why;   // one sentence
    std::string hint;  // one sentence; empty where it is allowed

    std::string json() const;  // policy::to_json() with "why" and "mend"
    // For the audit: without the statements about other actions, and bounded; where there are too many
    // statements, only what decided.
    std::string recorded() const;
};

// Of a request that connect_request() made.
PolicyTrail explain_policies(const policy::PolicySet& policies, const policy::Request& request,
                             const Server& server);

}  // namespace countersign::login
