#include "access/access.h"

#include <fmt/format.h>

#include "policy/sentence.h"

namespace countersign::access {

namespace {

Error invalid_token() {
    return Error{Fault::unauthenticated, "The security token included in the request is invalid.",
                 "InvalidClientTokenId"};
}

}  // namespace

Result<Caller> Access::authenticate(const sigv4::SignedRequest& request, std::string_view service,
                                    Instant now) {
    const std::shared_ptr<const KeyHolder> holder = TRY(principals_.find(request.access_key_id()));
    if (holder == nullptr || holder->status != model::KeyStatus::Active) return invalid_token();
    if (!request.session_token().empty()) return invalid_token();  // a long-term key has none
    TRY(request.verify(holder->secret_access_key, service, now));
    return Caller(holder->principal, request.access_key_id());
}

Result<void> Access::authorize(const Caller& caller, std::string_view action, std::string_view resource,
                               policy::Context context) const {
    const Principal& principal = caller.principal();
    context.merge(principal_context(principal));
    const policy::Request request{principal.arn,         principal.account, std::string(action),
                                  std::string(resource), account_,          std::move(context)};
    const policy::Decision decision = policy::evaluate(principal.policies, request);
    if (decision.allowed()) return {};
    return Error{Fault::denied,
                 fmt::format("User: {} is not authorized to perform: {} on resource: {} {}", principal.arn,
                             action, resource, policy::refusal_reason(decision, action)),
                 "AccessDenied"};
}

}  // namespace countersign::access
