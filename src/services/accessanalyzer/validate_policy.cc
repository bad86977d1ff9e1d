#include "services/accessanalyzer/validate_policy.h"

#include "base/limits.h"
#include "base/text.h"
#include "services/accessanalyzer/facts.h"

namespace countersign::accessanalyzer {

namespace {

using policy::CheckedType;

constexpr std::size_t page_size = 100;

Error invalid(std::string message) {
    return Error{Fault::invalid, std::move(message), "ValidationException"};
}

CheckedType type_of(const api::ValidatePolicyRequest& input) {
    if (*input.policyType == "IDENTITY_POLICY") return CheckedType::identity;
    if (*input.policyType == "SERVICE_CONTROL_POLICY") return CheckedType::guardrail;
    return input.validatePolicyResourceType == "AWS::IAM::AssumeRolePolicyDocument" ? CheckedType::trust
                                                                                    : CheckedType::resource;
}

api::Position position_of(const policy::Spot& spot) {
    api::Position position;
    position.line = static_cast<std::int64_t>(spot.line);
    position.column = static_cast<std::int64_t>(spot.column);
    position.offset = static_cast<std::int64_t>(spot.offset);
    return position;
}

api::PathElement element_of(const policy::PathStep& step) {
    api::PathElement element;
    switch (step.kind) {
        case policy::PathStep::Kind::key:
            element.key = step.name;
            break;
        case policy::PathStep::Kind::value:
            element.value = step.name;
            break;
        case policy::PathStep::Kind::index:
            element.index = static_cast<std::int64_t>(step.index);
            break;
    }
    return element;
}

api::ValidatePolicyFinding to_api(const policy::Finding& finding) {
    api::ValidatePolicyFinding shown;
    shown.findingDetails = finding.details;
    shown.findingType = std::string(policy::name_of(finding.type));
    shown.issueCode = finding.code;
    shown.learnMoreLink = finding.link;
    for (const policy::FindingPlace& place : finding.places) {
        api::Location& location = shown.locations.emplace_back();
        for (const policy::PathStep& step : place.path) location.path.push_back(element_of(step));
        location.span.emplace();
        location.span->start = position_of(place.extent.start);
        location.span->end = position_of(place.extent.end);
    }
    return shown;
}

}  // namespace

Result<api::ValidatePolicyResponse> validate_policy(const Deps& deps, const gateway::Call& call,
                                                    const api::ValidatePolicyRequest& input) {
    const std::size_t first =
        input.nextToken ? parse_number<std::size_t>(*input.nextToken).value_or(std::string::npos) : 0;
    if (first == std::string::npos) return invalid("The nextToken is not valid.");
    const auto most = static_cast<std::size_t>(input.maxResults.value_or(page_size));
    if (input.maxResults && (*input.maxResults < 1 || most > page_size))
        return invalid("maxResults must be between 1 and 100.");
    if (input.policyDocument->size() > limits::policy_bytes_max)
        return invalid("The policy document is too large.");
    if (call.awaited != nullptr && deps.outside) {
        auto outside = [run = deps.outside, account = call.account()](std::function<void()> then) {
            return run(account, std::move(then));
        };
        return gateway::come_back(call, std::move(outside),
                                  Error{Fault::throttled, "Rate exceeded", "ThrottlingException"});
    }
    const policy::CheckFacts facts = TRY(facts_for(deps, call));
    const auto findings = policy::check_policy(*input.policyDocument, type_of(input), facts);
    api::ValidatePolicyResponse answer;
    for (std::size_t i = first; i < findings.size() && i - first < most; ++i)
        answer.findings.push_back(to_api(findings[i]));
    if (first < findings.size() && findings.size() - first > most)
        answer.nextToken = std::to_string(first + most);
    return answer;
}

}  // namespace countersign::accessanalyzer
