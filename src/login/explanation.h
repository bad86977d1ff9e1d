// The trail of all checks of one login, for people: each passed, failed or not reached (not made), what was
// expected and what was found, and one sentence on what to do. What decides is judge(); this puts its verdict
// into words. Pure. Never holds a part of a token but what is public: host, port, user, region, times, access
// key.
#pragma once

#include <string>
#include <vector>

#include "login/hints.h"
#include "login/verdict.h"

namespace countersign::login {

enum class Outcome { not_reached, failed, assumed, passed };

// notReached, failed, assumed, passed.
std::string_view name_of(Outcome outcome);

struct Step {
    std::string check;  // as name_of(Check) has it, or agent, preload, postgresql
    Outcome outcome = Outcome::not_reached;
    std::string detail = {};  // empty where it was not reached
    std::string hint = {};    // where it failed
};

// Refused unless every check passed.
struct Explanation {
    bool allowed = false;
    std::vector<Step> steps;
    std::string reason;         // the verdict's own sentence
    std::string hint;           // of the first that failed; empty where it is allowed
    std::string trail;          // PolicyTrail's JSON; empty where the policies were not asked
    std::string principal_arn;  // who signed, once the signature was right
};

// The same verdict as judge()'s. Behind the check that refuses, the others say what they would find, as far
// as they can: one look shows everything that has to be mended. `revoke` is for hints: Facts::revoke.
Explanation explain(const Attempt& attempt, const Server& server, const KeyFacts& known, Instant now,
                    const std::string& revoke = {});

// What a login by that principal would meet, were its token in order: the checks of the token are assumed.
Explanation explain_principal(std::shared_ptr<const Principal> principal, const Attempt& without_token,
                              const Server& server, Instant now);

// Says that a check passed only because nothing was known against it.
void assume(Explanation& explanation, Check check, std::string why);

// A verdict as the audit has kept it.
struct Recorded {
    bool allowed = false;
    std::string check;  // that failed
    std::string code;   // RefusalRow::name; empty in lines of before 0.2
    std::string reason;
    std::string decided_by;  // policy and statement
    std::string trail;       // of a refusal by policy
    Facts facts;
};
Explanation explain(Recorded recorded);

}  // namespace countersign::login
