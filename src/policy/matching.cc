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

Match match(const Statement& statement, const Question& question) {
    if (!covers_action(statement.actions, question.request)) return {Outcome::action_differs, Naming::none};
    if (statement.resources && !covers_resource(*statement.resources, question))
        return {Outcome::resource_differs, Naming::none};
    const Naming naming =
        statement.principals ? naming_of(*statement.principals, question.caller) : Naming::caller;
    if (naming == Naming::none) return {Outcome::principal_differs, Naming::none};
    const bool holds = std::ranges::all_of(statement.conditions, [&](const Condition& condition) {
        return condition.holds(question.request.context);
    });
    if (!holds) return {Outcome::condition_failed, Naming::none};
    return {Outcome::applies, naming};
}

MatchResult search(const std::vector<Policy>& policies, const Question& question) {
    MatchResult findings;
    for (const Policy& policy : policies) {
        if (!policy.document) return {.denial = {.policy = &policy}, .allowance = {}};
        const Document& document = *policy.document;
        if (!document.prefilter().admits(question.prefilter)) continue;
        const std::vector<Statement>& statements = document.statements();
        for (std::size_t index = document.next_admitted(question.prefilter, 0); index < statements.size();
             index = document.next_admitted(question.prefilter, index + 1)) {
            const Statement& statement = statements[index];
            const Naming naming = match(statement, question).naming;
            if (naming == Naming::none) continue;
            const Finding found{&policy, &statement, index + 1, naming};
            if (!statement.allows) return {.denial = found, .allowance = {}};
            if (naming > findings.allowance.naming) findings.allowance = found;
        }
    }
    return findings;
}

}  // namespace countersign::policy
