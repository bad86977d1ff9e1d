#include "policy/matching.h"
#include "policy/policy.h"
#include "policy/sentence.h"

namespace countersign::policy {

namespace {

// What all the policies of a request say.
struct PolicyVotes {
    Finding guardrail_denial;  // the first
    bool guardrails_allow = true;
    MatchResult resource;
    MatchResult identity;
    std::optional<MatchResult> boundary;
    std::optional<MatchResult> session;
};

DecidedBy decided_by(Kind kind, const Finding& finding) {
    const std::string sid = finding.statement == nullptr ? std::string() : finding.statement->sid;
    return {.kind = kind, .policy = finding.policy->name, .sid = sid, .statement = finding.number};
}

void ask_guardrails(const PolicySet& policies, const Question& question, PolicyVotes& said) {
    if (!policies.guardrails) return;
    said.guardrails_allow = !policies.guardrails->empty();
    for (const std::vector<Policy>& level : *policies.guardrails) {
        const MatchResult found = search(level, question);
        if (found.denial && !said.guardrail_denial) said.guardrail_denial = found.denial;
        if (!found.allowance) said.guardrails_allow = false;
    }
}

PolicyVotes ask(const PolicySet& policies, const Question& question) {
    PolicyVotes said;
    ask_guardrails(policies, question, said);
    said.resource = search(policies.resource, question);
    said.identity = search(policies.identity, question);
    if (policies.boundary) said.boundary = search(*policies.boundary, question);
    if (policies.session) said.session = search(*policies.session, question);
    return said;
}

std::optional<Decision> first_denial(const PolicyVotes& said) {
    if (said.guardrail_denial) return Decision::denied_by(decided_by(Kind::guardrail, said.guardrail_denial));
    if (said.resource.denial) return Decision::denied_by(decided_by(Kind::resource, said.resource.denial));
    if (said.identity.denial) return Decision::denied_by(decided_by(Kind::identity, said.identity.denial));
    if (said.boundary && said.boundary->denial)
        return Decision::denied_by(decided_by(Kind::boundary, said.boundary->denial));
    if (said.session && said.session->denial)
        return Decision::denied_by(decided_by(Kind::session, said.session->denial));
    return std::nullopt;
}

// Which of the ceilings over the caller's own policies does not allow.
std::optional<Kind> lowest_ceiling(const PolicyVotes& said) {
    if (said.boundary && !said.boundary->allowance) return Kind::boundary;
    if (said.session && !said.session->allowance) return Kind::session;
    return std::nullopt;
}

bool crosses_accounts(const Request& request) {
    return !request.resource_account.empty() && request.resource_account != request.account;
}

// Assuming a role needs its trust policy's consent even within one account.
bool needs_consent(const PolicySet& policies, const Request& request) {
    return crosses_accounts(request) || (!policies.resource.empty() && assumes_role(request.action));
}

// Whether the resource's policy alone is enough: it names the caller, or its role within the ceilings.
bool granted_outright(const PolicyVotes& said, const Request& request) {
    if (crosses_accounts(request)) return false;
    const Naming naming = said.resource.allowance.naming;
    return naming == Naming::caller || (naming == Naming::role && !lowest_ceiling(said));
}

}  // namespace

Decision evaluate(const PolicySet& policies, const Request& request) {
    const Question question(request);
    const PolicyVotes said = ask(policies, question);
    if (auto denial = first_denial(said)) return *std::move(denial);
    if (!said.guardrails_allow) return Decision::not_allowed_by(Kind::guardrail);
    if (needs_consent(policies, request) && !said.resource.allowance)
        return Decision::not_allowed_by(Kind::resource);
    if (granted_outright(said, request))
        return Decision::allowed_by(decided_by(Kind::resource, said.resource.allowance));
    if (!said.identity.allowance) return Decision::not_allowed_by(Kind::identity);
    if (const auto ceiling = lowest_ceiling(said)) return Decision::not_allowed_by(*ceiling);
    return Decision::allowed_by(decided_by(Kind::identity, said.identity.allowance));
}

}  // namespace countersign::policy
