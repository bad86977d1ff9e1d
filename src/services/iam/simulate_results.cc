#include "services/iam/simulate_results.h"

#include <algorithm>
#include <optional>

#include "policy/explanation_json.h"

namespace countersign::iam {

namespace {

using policy::Effect;
using policy::Kind;

// Policies as AWS's simulator names them: a managed one by its name, an inline one as user_NAME_POLICY, one
// of the request by its place there.
std::string source_id(const std::string& policy_name) {
    if (policy_name.starts_with("arn:")) return policy_name.substr(policy_name.rfind('/') + 1);
    std::string id = policy_name;
    std::ranges::replace(id, '/', '_');
    return id;
}

std::string source_type(Kind kind) {
    if (kind == Kind::boundary) return "Permissions Boundary Policy";
    return kind == Kind::resource ? "Resource Policy" : "IAM Policy";
}

api::Position position_to_api(const policy::Position& position) {
    api::Position answer;
    answer.Line = static_cast<std::int64_t>(position.line);
    answer.Column = static_cast<std::int64_t>(position.column);
    return answer;
}

// Whether a statement that applies is one of those that decided. A boundary never gives a right, so that what
// it allows is not named; what it denies is named beside the statement that would have allowed it.
bool decides(Kind kind, const policy::StatementTrail& statement, const policy::Decision& decision) {
    if (statement.outcome != policy::Outcome::applies || kind == Kind::guardrail) return false;
    if (!statement.allows) return decision.effect() == Effect::explicit_deny;
    const bool denied_by_boundary =
        decision.effect() == Effect::explicit_deny && decision.kind() == Kind::boundary;
    return kind != Kind::boundary && (decision.allowed() || denied_by_boundary);
}

// Nobody is shown what the guardrails of the organisation say.
std::vector<api::Statement> matched_statements(const policy::Explanation& explanation) {
    std::vector<api::Statement> matched;
    for (const policy::KindTrail& kind : explanation.kinds)
        for (const policy::PolicyTrail& trail : kind.policies)
            for (const policy::StatementTrail& statement : trail.statements) {
                if (!decides(kind.kind, statement, explanation.decision)) continue;
                api::Statement& last = matched.emplace_back();
                last.SourcePolicyId = source_id(trail.policy);
                last.SourcePolicyType = source_type(kind.kind);
                last.StartPosition = position_to_api(statement.span.start);
                last.EndPosition = position_to_api(statement.span.end);
            }
    return matched;
}

// Whether every list of this kind allows; nothing when there is none.
std::optional<bool> allowed_by(Kind kind, const policy::Explanation& explanation) {
    std::optional<bool> allowed;
    for (const policy::KindTrail& trail : explanation.kinds)
        if (trail.kind == kind) allowed = allowed.value_or(true) && trail.effect == Effect::allowed;
    return allowed;
}

// Across accounts, what each side says by itself.
std::map<std::string, std::string> decision_details(const policy::Explanation& explanation,
                                                    const policy::Request& request) {
    std::map<std::string, std::string> details;
    if (request.resource_account.empty() || request.resource_account == request.account) return details;
    for (const policy::KindTrail& trail : explanation.kinds)
        if (trail.kind == Kind::identity || trail.kind == Kind::resource)
            details[source_type(trail.kind)] = policy::name_of(trail.effect);
    return details;
}

}  // namespace

api::EvaluationResult simulation_result(const policy::PolicySet& policies, const policy::Request& request,
                                        bool specific) {
    const policy::Explanation explanation = policy::explain(policies, request);
    api::EvaluationResult result;
    result.EvalActionName = request.action;
    result.EvalResourceName = request.resource;
    result.EvalDecision = std::string(policy::name_of(explanation.decision.effect()));
    result.MatchedStatements = matched_statements(explanation);
    result.MissingContextValues = explanation.missing_keys;
    if (const auto allowed = allowed_by(Kind::guardrail, explanation))
        result.OrganizationsDecisionDetail.emplace().AllowedByOrganizations = allowed;
    if (const auto allowed = allowed_by(Kind::boundary, explanation))
        result.PermissionsBoundaryDecisionDetail.emplace().AllowedByPermissionsBoundary = allowed;
    result.EvalDecisionDetails = decision_details(explanation, request);
    if (!specific) return result;
    api::ResourceSpecificResult& part = result.ResourceSpecificResults.emplace_back();
    part.EvalResourceName = result.EvalResourceName;
    part.EvalResourceDecision = result.EvalDecision;
    part.MatchedStatements = result.MatchedStatements;
    part.MissingContextValues = result.MissingContextValues;
    part.EvalDecisionDetails = result.EvalDecisionDetails;
    part.PermissionsBoundaryDecisionDetail = result.PermissionsBoundaryDecisionDetail;
    return result;
}

}  // namespace countersign::iam
