// A decision with its trail: what every statement of every policy said to the request, and where it stood
// apart. The decision is evaluate()'s own, and the trail is made by the same matching. Pure; slower than
// evaluate(), because it reads the documents' text again: it serves people and the simulator, not logins.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "policy/policy.h"

namespace countersign::policy {

// A place in a document's text, both counted from 1, columns in characters.
struct Position {
    std::size_t line = 0;
    std::size_t column = 0;
};

// Where AWS's simulator says that a statement stands: it ends behind its closing brace; it starts where the
// one before it ended, the first of a list behind the bracket, and one that is no list behind its opening
// brace.
struct Span {
    Position start;
    Position end;
    std::size_t line = 0;  // of its opening brace: where a person finds it
};

// A condition of a statement, and what the request brings to it.
struct ConditionTrail {
    std::string operation;            // "ForAnyValue:StringLike"
    std::string key;                  // as the document spells it
    std::vector<std::string> wanted;  // as the document writes them
    std::vector<std::string> meant;   // those with the variables that have a value replaced by it
    std::vector<std::string> seen;    // what the request brings; of no use where the key is missing
    bool missing = false;             // the request has no such key
    std::string note = {};            // why it has none, where whoever asked knows
};

struct StatementTrail {
    std::size_t number = 0;  // from 1
    std::string sid;
    bool allows = false;  // otherwise it denies
    Outcome outcome = Outcome::action_differs;
    std::vector<std::string> resources;   // as written in Resource or NotResource
    bool all_but_resources = false;       // it is NotResource
    std::vector<std::string> principals;  // as written in Principal or NotPrincipal
    bool all_but_principals = false;      // it is NotPrincipal
    std::vector<ConditionTrail> failed;   // every one that does not hold; only of condition_failed
    std::vector<ConditionTrail> held;     // every other, where conditions were looked at
    // Keys that it asks for and the context does not have; none where another action is meant.
    std::vector<std::string> missing_keys;
    Span span;
};

struct PolicyTrail {
    std::string policy;     // its name
    bool readable = false;  // one that could not be read denies, and has no statements
    std::vector<StatementTrail> statements;
};

// One list of policies: all of a kind, or one level of guardrails.
struct KindTrail {
    Kind kind = Kind::identity;
    std::size_t level =
        0;  // of a guardrail, from 1, the root's; 0 of all others, and where no level is given
    Effect effect = Effect::implicit_deny;  // what this list says by itself
    std::vector<PolicyTrail> policies;
};

struct Explanation {
    Decision decision;
    std::vector<KindTrail>
        kinds;  // those that the set has: guardrails, resource, identity, boundary, session
    std::vector<std::string> missing_keys;  // of all statements, each once
};

Explanation explain(const PolicySet& policies, const Request& request);

// Whether a resource policy by itself allows the request, whatever the policies of the caller say.
bool allows_by_itself(const Policy& resource_policy, const Request& request);

// The condition keys and variables that a document refers to, each once, as it is spelled first.
std::vector<std::string> context_keys(const Document& document);

}  // namespace countersign::policy
