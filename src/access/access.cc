#include "access/access.h"

#include <fmt/format.h>

#include "model/arn.h"
#include "policy/sentence.h"

namespace countersign::access {

namespace {

Error invalid_token() {
    return Error{Fault::unauthenticated, "The security token included in the request is invalid.",
                 "InvalidClientTokenId"};
}

Error expired_token() {
    return Error{Fault::unauthenticated, "The security token included in the request is expired",
                 "ExpiredToken"};
}

// The account of the resource; empty for what belongs to everybody.
std::string owner_of(std::string_view resource) {
    const auto arn = model::parse_arn(resource);
    return arn && arn->account != "aws" ? arn->account : std::string();
}

// Guardrails bind what an account does, not those who keep the guardrails themselves.
bool beyond_guardrails(std::string_view action) {
    return action.starts_with("countersign:");
}

policy::Request request_of(const Principal& principal, const Wanted& wanted, Instant now) {
    policy::Context context = wanted.context;
    context.merge(principal_context(principal, now));
    return {principal.arn,
            principal.account,
            std::string(wanted.action),
            std::string(wanted.resource),
            owner_of(wanted.resource),
            std::move(context),
            principal.id};
}

policy::PolicySet policies_of(const Principal& principal, const Wanted& wanted) {
    policy::PolicySet policies = principal.policies;
    policies.resource = wanted.resource_policies;
    if (beyond_guardrails(wanted.action)) policies.guardrails.reset();
    return policies;
}

// Whether temporary credentials are none for this service, as AWS has it.
bool barred_from(std::string_view service, const Principal& principal) {
    if (service != "iam" || principal.session == nullptr) return false;
    const SessionKind kind = principal.session->kind;
    const bool own = kind == SessionKind::user || kind == SessionKind::root;
    return kind == SessionKind::federated_user || (own && !principal.session->mfa_time);
}

}  // namespace

Result<Caller> Access::authenticate(const sigv4::SignedRequest& request, std::string_view service,
                                    Instant now) {
    const std::string& session_token = request.session_token();
    const KeyHolderPointer holder = TRY(principals_.find(request.access_key_id(), session_token));
    if (holder == nullptr || holder->status != model::KeyStatus::Active) return invalid_token();
    TRY(request.verify(holder->secret_access_key, service, now));
    if (holder->expires && *holder->expires <= now) return expired_token();
    const Caller caller(holder->principal, request.access_key_id());
    TRY(check_caller(caller, service, now));
    note_use(caller, request.scope(), now);
    return caller;
}

Result<void> Access::check_caller(const Caller& caller, std::string_view service, Instant now) const {
    const Principal& principal = caller.principal();
    if (principal.type == PrincipalType::anonymous)
        return Error{Fault::unauthenticated, "Request is missing Authentication Token",
                     "MissingAuthenticationToken"};
    if (principal.session != nullptr && principal.session->expires <= now) return expired_token();
    if (barred_from(service, principal)) return invalid_token();
    return {};
}

void Access::note_use(const Caller& caller, const sigv4::Scope& scope, Instant now) {
    const Principal& principal = caller.principal();
    const model::LastUse use{now, scope.service, scope.region};
    if (principal.session == nullptr)
        last_used_.note(caller.access_key_id(), use);
    else if (principal.type == PrincipalType::assumed_role)
        last_used_.note(principal.session->principal_id, use);
}

Caller Access::anonymous() {
    static const auto nobody = std::make_shared<const Principal>();
    return {nobody, ""};
}

policy::Decision Access::decide(const Caller& caller, const Wanted& wanted, Instant now) const {
    const Principal& principal = caller.principal();
    const policy::Request request = request_of(principal, wanted, now);
    if (wanted.resource_policies.empty() && !beyond_guardrails(wanted.action))
        return policy::evaluate(principal.policies, request);
    return policy::evaluate(policies_of(principal, wanted), request);
}

Denial Access::explain(const Caller& caller, const Wanted& wanted, Instant now) const {
    const Principal& principal = caller.principal();
    policy::Request request = request_of(principal, wanted, now);
    policy::Explanation explanation = policy::explain(policies_of(principal, wanted), request);
    return {std::move(request), std::move(explanation), principal.id, principal.user_name};
}

Result<void> Access::authorize(const Caller& caller, const Wanted& wanted, Instant now) const {
    const policy::Decision decision = decide(caller, wanted, now);
    if (decision.allowed()) return {};
    return Error{
        Fault::denied,
        fmt::format("User: {} is not authorized to perform: {} on resource: {} {}", caller.principal().arn,
                    wanted.action, wanted.resource, policy::refusal_reason(decision, wanted.action)),
        "AccessDenied"};
}

}  // namespace countersign::access
