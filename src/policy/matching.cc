#include "policy/matching.h"

#include <algorithm>

namespace countersign::policy {

namespace {

bool covers_action(const Scope<Pattern>& actions, const Request& request) {
    const bool found = std::ranges::any_of(actions.items, [&](const Pattern& pattern) {
        return pattern.matches(request.action, request.context);
    });
    return found != actions.negated;
}

bool covers_resource(const Scope<ArnPattern>& resources, const Question& question) {
    const bool found = std::ranges::any_of(resources.items, [&](const ArnPattern& pattern) {
        return pattern.matches(question.resource, question.request.context);
    });
    return found != resources.negated;
}

Naming naming_of(const Scope<PrincipalPattern>& principals, const CallerName& caller) {
    Naming closest = Naming::none;
    for (const PrincipalPattern& pattern : principals.items)
        closest = std::max(closest, pattern.names(caller));
    if (!principals.negated) return closest;
    return closest == Naming::none ? Naming::caller : Naming::none;
}

}  // namespace

Naming applies(const Statement& statement, const Question& question) {
    if (!covers_action(statement.actions, question.request)) return Naming::none;
    if (statement.resources && !covers_resource(*statement.resources, question)) return Naming::none;
    const Naming naming =
        statement.principals ? naming_of(*statement.principals, question.caller) : Naming::caller;
    if (naming == Naming::none) return Naming::none;
    const bool holds = std::ranges::all_of(statement.conditions, [&](const Condition& condition) {
        return condition.holds(question.request.context);
    });
    return holds ? naming : Naming::none;
}

Findings search(const std::vector<Policy>& policies, const Question& question) {
    Findings findings;
    for (const Policy& policy : policies) {
        if (!policy.document) return {.denial = {.policy = &policy}, .allowance = {}};
        std::size_t number = 0;
        for (const Statement& statement : policy.document->statements()) {
            ++number;
            const Naming naming = applies(statement, question);
            if (naming == Naming::none) continue;
            const Finding found{&policy, &statement, number, naming};
            if (!statement.allows) return {.denial = found, .allowance = {}};
            if (naming > findings.allowance.naming) findings.allowance = found;
        }
    }
    return findings;
}

}  // namespace countersign::policy
