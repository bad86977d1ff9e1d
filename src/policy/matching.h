// Whether a statement applies to a request, and what a list of policies says to one.
#pragma once

#include <cstddef>
#include <vector>

#include "policy/document.h"
#include "policy/policy.h"

namespace countersign::policy {

// A request with what is taken apart once for all statements. Refers to the request.
struct Question {
    const Request& request;
    ArnText resource;
    CallerName caller;
    Prefilter prefilter;

    explicit Question(const Request& asked)
        : request(asked),
          resource(asked.resource),
          caller(asked.principal_arn, asked.account, asked.principal_id),
          prefilter(gate_of(asked.action, resource)) {}
};

struct Match {
    Outcome outcome = Outcome::action_differs;
    Naming naming = Naming::none;  // of one that applies; a statement without principals speaks of its holder
};

Match match(const Statement& statement, const Question& question);

struct Finding {
    const Policy* policy = nullptr;  // none: nothing was found
    const Statement* statement = nullptr;
    std::size_t number = 0;  // of the statement, from 1
    Naming naming = Naming::none;

    explicit operator bool() const { return policy != nullptr; }
};

struct MatchResult {
    Finding denial;     // the first
    Finding allowance;  // of those that name the caller most closely the first
};

// A policy without a document denies: it was meant to say something.
MatchResult search(const std::vector<Policy>& policies, const Question& question);

}  // namespace countersign::policy
