// The policy simulator: what policies would decide, told by the evaluation that decides. Source: IAM API
// Reference, "SimulatePrincipalPolicy", "SimulateCustomPolicy"; IAM User Guide, "IAM policy testing".
#include <fmt/format.h>

#include "access/unique_ids.h"
#include "base/text.h"
#include "model/arn.h"
#include "policy/explain.h"
#include "policy/keys.h"
#include "services/iam/operation_registry.h"
#include "services/iam/paging.h"
#include "services/iam/simulate_context.h"
#include "services/iam/simulate_results.h"

namespace countersign::iam {

namespace {

using gateway::Call;

constexpr std::size_t pairs_max = 10'000;  // of actions and resources in one simulation

Error invalid_input(std::string message) {
    return {Fault::invalid, std::move(message), "InvalidInput"};
}

// What is simulated, whatever the action and the resource.
struct Subject {
    access::PrincipalPointer principal;  // none: only what the request itself says
    policy::PolicySet policies;
    std::string caller_arn;
    std::string caller_id;       // unique; empty where nobody of this account has the ARN
    std::string account;         // of the caller
    std::string resource_owner;  // the account that owns what names no owner
    policy::Context context;     // as given
};

using Texts = std::optional<std::vector<std::string>>;

Result<std::vector<policy::Policy>> given_policies_in(const Texts& texts, const std::string& parameter,
                                                      policy::Form form = policy::Form::identity) {
    std::vector<policy::Policy> policies;
    for (const std::string& text : texts.value_or(std::vector<std::string>())) {
        const std::string name = fmt::format("{}.{}", parameter, policies.size() + 1);
        auto document = policy::parse_lenient(text, form);
        if (!document) return invalid_input(name + ": " + document.error().message);
        policies.push_back({name, *std::move(document)});
    }
    return policies;
}

policy::Context context_in(const std::optional<std::vector<api::ContextEntry>>& entries) {
    policy::Context context;
    for (const api::ContextEntry& entry : entries.value_or(std::vector<api::ContextEntry>()))
        if (entry.ContextKeyName)
            context[lower(*entry.ContextKeyName)] =
                entry.ContextKeyValues.value_or(std::vector<std::string>());
    return context;
}

Result<void> take_caller(const Deps& deps, const Call& call, const std::string& arn, Subject& subject) {
    const auto caller = model::parse_arn(arn);
    if (!caller) return invalid_input(fmt::format("Invalid caller ARN: {}", arn));
    subject.caller_arn = arn;
    subject.account = caller->account;
    subject.caller_id.clear();
    if (caller->account == call.account())
        subject.caller_id = TRY(access::unique_id_of(deps.store, arn)).value_or("");
    return {};
}

// What both simulations take beside their policies.
template <class Input>
Result<void> take_circumstances(const Deps& deps, const Call& call, const Input& input, Subject& subject) {
    subject.context = context_in(input.ContextEntries);
    if (input.CallerArn) TRY(take_caller(deps, call, *input.CallerArn, subject));
    if (input.ResourceOwner) {
        const auto owner = model::parse_arn(*input.ResourceOwner);
        subject.resource_owner = owner ? owner->account : *input.ResourceOwner;
    }
    if (input.PermissionsBoundaryPolicyInputList)
        subject.policies.boundary = TRY(given_policies_in(input.PermissionsBoundaryPolicyInputList,
                                                          "PermissionsBoundaryPolicyInputList"));
    if (!input.ResourcePolicy) return {};
    if (subject.caller_arn.empty())
        return invalid_input("CallerArn is required when a resource policy is simulated.");
    auto document = policy::parse_lenient(*input.ResourcePolicy, policy::Form::resource);
    if (!document) return invalid_input("ResourcePolicy: " + document.error().message);
    subject.policies.resource.push_back({"ResourcePolicy", *std::move(document)});
    return {};
}

// A level of the organisation each, as its policies are given.
Result<void> take_guardrails(const api::SimulateCustomPolicyRequest& input, Subject& subject) {
    if (!input.OrderedOrganizationPolicyInputList) return {};
    auto& levels = subject.policies.guardrails.emplace();
    for (const api::OrderedOrganizationPolicyType& level : *input.OrderedOrganizationPolicyInputList)
        levels.push_back(TRY(
            given_policies_in(level.ServiceControlPolicyInputList, "OrderedOrganizationPolicyInputList")));
    return {};
}

// The account of the resource: the one that its ARN names, else the owner that was given. Where nobody is
// said to call, policies are looked at as if they were the owner's own.
std::string resource_owner_of(const std::string& resource, const Subject& subject) {
    if (subject.account.empty()) return {};
    const auto arn = model::parse_arn(resource);
    const bool named = arn && !arn->account.empty() && arn->account != "aws" && arn->account != "*";
    return named ? arn->account : subject.resource_owner;
}

struct Pair {
    std::size_t number;
    std::string action;
    std::string resource;
};

template <class Input>
Result<std::vector<Pair>> pairs_of(const Input& input) {
    const std::vector<std::string> everything = {"*"};
    const std::vector<std::string> resources = input.ResourceArns.value_or(everything);
    if (input.ActionNames->size() * resources.size() > pairs_max)
        return invalid_input("Too many actions and resources in one simulation.");
    std::vector<Pair> pairs;
    for (const std::string& action : *input.ActionNames) {
        if (action.find(':') == std::string::npos)
            return invalid_input(fmt::format("Invalid action name: {}", action));
        for (const std::string& resource : resources) pairs.push_back({pairs.size(), action, resource});
    }
    return pairs;
}

Result<policy::Request> request_of(const Deps& deps, const Subject& subject, const Pair& pair, Instant now) {
    policy::Request request{subject.caller_arn, subject.account, pair.action, pair.resource, {},
                            subject.context};
    request.resource_account = resource_owner_of(pair.resource, subject);
    request.principal_id = subject.caller_id;
    if (subject.principal != nullptr)
        request.context.merge(TRY(simulated_context(deps.store, *subject.principal, request, now)));
    return request;
}

template <class Input>
Result<api::SimulatePolicyResponse> simulate(const Deps& deps, const Call& call, const Subject& subject,
                                             const Input& input) {
    const auto place = [](const Pair& pair) { return fmt::format("{:08}", pair.number); };
    std::vector<Pair> pairs = TRY(pairs_of(input));
    const auto shown = TRY(page(std::move(pairs), place, input.Marker, input.MaxItems));
    api::SimulatePolicyResponse answer;
    for (const Pair& pair : shown.items) {
        const policy::Request request = TRY(request_of(deps, subject, pair, call.now));
        api::EvaluationResult& result = answer.EvaluationResults.emplace_back(
            simulation_result(subject.policies, request, input.ResourceArns.has_value()));
        // Every account has guardrails; those that restrict nothing are not among the policies.
        if (subject.principal != nullptr && !result.OrganizationsDecisionDetail)
            result.OrganizationsDecisionDetail.emplace().AllowedByOrganizations = true;
    }
    put_page(answer, shown);
    return answer;
}

// The user, group or role of the caller's account that an ARN names.
Result<access::PrincipalPointer> source_of(const Call& call, const std::string& arn_text) {
    const auto arn = model::parse_arn(arn_text);
    const std::string kind = arn ? arn->resource.substr(0, arn->resource.find('/')) : std::string();
    const bool entity = kind == "user" || kind == "group" || kind == "role";
    if (!arn || arn->service != "iam" || !entity || kind == arn->resource)
        return invalid_input(
            fmt::format("Invalid Entity Arn: {} does not clearly define entity type and name.", arn_text));
    access::PrincipalPointer found;
    if (arn->account == call.account()) found = TRY(call.access.principals().named(arn_text));
    if (found != nullptr) return found;
    return Error{Fault::not_found, "Unable to retrieve specified IAM entity.", "NoSuchEntity"};
}

Result<api::SimulatePolicyResponse> simulate_custom_policy(const Deps& deps, const Call& call,
                                                           const api::SimulateCustomPolicyRequest& input) {
    Subject subject;
    TRY(take_circumstances(deps, call, input, subject));
    TRY(take_guardrails(input, subject));
    subject.policies.identity = TRY(given_policies_in(input.PolicyInputList, "PolicyInputList"));
    return simulate(deps, call, subject, input);
}

Result<api::SimulatePolicyResponse> simulate_principal_policy(
    const Deps& deps, const Call& call, const api::SimulatePrincipalPolicyRequest& input) {
    Subject subject;
    subject.principal = TRY(source_of(call, *input.PolicySourceArn));
    subject.policies = subject.principal->policies;
    subject.account = subject.principal->account;
    subject.caller_arn = subject.principal->arn;
    subject.caller_id = subject.principal->id;
    TRY(take_circumstances(deps, call, input, subject));
    for (policy::Policy& more : TRY(given_policies_in(input.PolicyInputList, "PolicyInputList")))
        subject.policies.identity.push_back(std::move(more));
    return simulate(deps, call, subject, input);
}

api::GetContextKeysForPolicyResponse context_keys_of(const std::vector<policy::Policy>& policies) {
    policy::KeyNames names;
    for (const policy::Policy& policy : policies)
        if (policy.document != nullptr) names.add_all(policy::context_keys(*policy.document));
    api::GetContextKeysForPolicyResponse answer;
    answer.ContextKeyNames = std::move(names).take();
    return answer;
}

Result<api::GetContextKeysForPolicyResponse> get_context_keys_for_custom_policy(
    const Deps&, const Call&, const api::GetContextKeysForCustomPolicyRequest& input) {
    const std::vector<policy::Policy> policies =
        TRY(given_policies_in(input.PolicyInputList, "PolicyInputList"));
    return context_keys_of(policies);
}

Result<api::GetContextKeysForPolicyResponse> get_context_keys_for_principal_policy(
    const Deps&, const Call& call, const api::GetContextKeysForPrincipalPolicyRequest& input) {
    const access::PrincipalPointer principal = TRY(source_of(call, *input.PolicySourceArn));
    std::vector<policy::Policy> policies = principal->policies.identity;
    if (const auto& boundary = principal->policies.boundary)
        policies.insert(policies.end(), boundary->begin(), boundary->end());
    for (policy::Policy& more : TRY(given_policies_in(input.PolicyInputList, "PolicyInputList")))
        policies.push_back(std::move(more));
    return context_keys_of(policies);
}

// An operation on the principal whose policies are looked at.
template <class Op>
gateway::Operation on_source(const Deps& deps, Function<Op> function,
                             gateway::Supported supported = std::nullopt) {
    auto source = [](const Call&, const typename Op::Input& input) {
        return std::vector<std::string>{*input.PolicySourceArn};
    };
    return row<Op>(deps, source, function, std::move(supported));
}

const gateway::Supported simulated_parameters = {
    {"ActionNames", "CallerArn", "ContextEntries", "Marker", "MaxItems", "PermissionsBoundaryPolicyInputList",
     "PolicyInputList", "PolicySourceArn", "ResourceArns", "ResourceHandlingOption", "ResourceOwner",
     "ResourcePolicy"}};

}  // namespace

namespace ops = api::ops;

Rows simulate_operations(const Deps& deps) {
    return {
        on_all_resources<ops::GetContextKeysForCustomPolicy>(deps, get_context_keys_for_custom_policy),
        on_source<ops::GetContextKeysForPrincipalPolicy>(deps, get_context_keys_for_principal_policy),
        on_all_resources<ops::SimulateCustomPolicy>(deps, simulate_custom_policy),
        on_source<ops::SimulatePrincipalPolicy>(deps, simulate_principal_policy, simulated_parameters),
    };
}

}  // namespace countersign::iam
