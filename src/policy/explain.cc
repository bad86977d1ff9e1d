#include "policy/explain.h"

#include <utility>

#include "policy/draft.h"
#include "policy/keys.h"
#include "policy/matching.h"
#include "policy/spans.h"

namespace countersign::policy {

namespace {

std::vector<std::string> values_meant(const DraftCondition& condition, const Context& context) {
    std::vector<std::string> meant;
    meant.reserve(condition.values.size());
    for (const std::string& value : condition.values) meant.push_back(with_values(value, context));
    return meant;
}

ConditionTrail condition_trail(const DraftCondition& condition, const Context& context, bool variables) {
    ConditionTrail trail;
    trail.operation = name_of(condition.use);
    trail.key = condition.key;
    trail.wanted = condition.values;
    trail.meant = variables ? values_meant(condition, context) : condition.values;
    const auto* seen = values_of(condition.key, context);
    trail.missing = seen == nullptr;
    if (seen != nullptr) trail.seen = *seen;
    return trail;
}

// What a statement about this action asks for: of one about another resource only what names the resource.
std::vector<std::string> missing_keys(const DraftStatement& draft, const Context& context,
                                      const StatementTrail& trail, bool variables) {
    KeyNames names;
    if (trail.outcome == Outcome::action_differs) return {};
    if (variables)
        for (const std::string& resource : trail.resources)
            add_variables_without_value(resource, context, names);
    if (trail.outcome == Outcome::resource_differs) return std::move(names).take();
    for (const DraftCondition& condition : draft.conditions) {
        if (values_of(condition.key, context) == nullptr) names.add(condition.key);
        if (!variables) continue;
        for (const std::string& value : condition.values) add_variables_without_value(value, context, names);
    }
    return std::move(names).take();
}

std::vector<std::string> principals_of(const DraftStatement& draft) {
    std::vector<std::string> names;
    const auto& principals = draft.not_principal ? draft.not_principal : draft.principal;
    if (!principals) return names;
    for (const auto& [type, name] : *principals) names.push_back(name);
    return names;
}

// A statement as compiled and as written.
struct TwoForms {
    const Statement& statement;
    const DraftStatement& draft;
    bool variables = false;
};

StatementTrail trail_of(const TwoForms& forms, const Question& question) {
    const auto& [statement, draft, variables] = forms;
    const Context& context = question.request.context;
    StatementTrail trail;
    trail.sid = statement.sid;
    trail.allows = statement.allows;
    trail.outcome = match(statement, question).outcome;
    trail.resources = resources_of(draft);
    trail.all_but_resources = draft.not_resource.has_value();
    trail.principals = principals_of(draft);
    trail.all_but_principals = draft.not_principal.has_value();
    if (trail.outcome == Outcome::condition_failed || trail.outcome == Outcome::applies)
        for (std::size_t index = 0; index < statement.conditions.size(); ++index)
            (statement.conditions[index].holds(context) ? trail.held : trail.failed)
                .push_back(condition_trail(draft.conditions[index], context, variables));
    trail.missing_keys = missing_keys(draft, context, trail, variables);
    return trail;
}

PolicyTrail trail_of(const Policy& policy, const Question& question) {
    PolicyTrail trail;
    trail.policy = policy.name;
    if (!policy.document) return trail;
    const auto draft = read_draft(policy.document->text());
    const std::vector<Statement>& statements = policy.document->statements();
    if (!draft || draft->statements.size() != statements.size()) return trail;
    trail.readable = true;
    const std::vector<Span> spans = statement_spans(policy.document->text());
    for (std::size_t index = 0; index < statements.size(); ++index) {
        const TwoForms forms{statements[index], draft->statements[index], knows_variables(*draft)};
        StatementTrail& statement = trail.statements.emplace_back(trail_of(forms, question));
        statement.number = index + 1;
        if (index < spans.size()) statement.span = spans[index];
    }
    return trail;
}

Effect effect_of(const MatchResult& findings) {
    if (findings.denial) return Effect::explicit_deny;
    return findings.allowance ? Effect::allowed : Effect::implicit_deny;
}

KindTrail trail_of(Kind kind, const std::vector<Policy>& policies, const Question& question) {
    KindTrail trail;
    trail.kind = kind;
    trail.effect = effect_of(search(policies, question));
    for (const Policy& policy : policies) trail.policies.push_back(trail_of(policy, question));
    return trail;
}

std::vector<KindTrail> trails_of(const PolicySet& policies, const Question& question) {
    std::vector<KindTrail> trails;
    if (policies.guardrails && policies.guardrails->empty())
        trails.push_back(trail_of(Kind::guardrail, {}, question));
    if (policies.guardrails) {
        for (const std::vector<Policy>& level : *policies.guardrails) {
            KindTrail trail = trail_of(Kind::guardrail, level, question);
            trail.level = trails.size() + 1;
            trails.push_back(std::move(trail));
        }
    }
    if (!policies.resource.empty()) trails.push_back(trail_of(Kind::resource, policies.resource, question));
    trails.push_back(trail_of(Kind::identity, policies.identity, question));
    if (policies.boundary) trails.push_back(trail_of(Kind::boundary, *policies.boundary, question));
    if (policies.session) trails.push_back(trail_of(Kind::session, *policies.session, question));
    return trails;
}

}  // namespace

Explanation explain(const PolicySet& policies, const Request& request) {
    Explanation explanation;
    explanation.decision = evaluate(policies, request);
    explanation.kinds = trails_of(policies, Question(request));
    KeyNames missing;
    for (const KindTrail& kind : explanation.kinds)
        for (const PolicyTrail& policy : kind.policies)
            for (const StatementTrail& statement : policy.statements) missing.add_all(statement.missing_keys);
    explanation.missing_keys = std::move(missing).take();
    return explanation;
}

bool allows_by_itself(const Policy& resource_policy, const Request& request) {
    PolicySet alone;
    alone.resource.push_back(resource_policy);
    for (const KindTrail& trail : explain(alone, request).kinds)
        if (trail.kind == Kind::resource) return trail.effect == Effect::allowed;
    return false;
}

}  // namespace countersign::policy
