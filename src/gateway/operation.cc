#include "gateway/operation.h"

namespace countersign::gateway {

Result<void> authorize(const Call& call, const access::Wanted& wanted) {
    Result<void> allowed = call.access.authorize(call.caller, wanted, call.now);
    if (!allowed) keep_denial(call, call.access.explain(call.caller, wanted, call.now));
    return allowed;
}

void keep_denial(const Call& call, access::Denial denial) {
    if (call.denial != nullptr) *call.denial = std::move(denial);
}

void keep_federated(const Call& call, FederatedCaller caller) {
    if (call.federated != nullptr) *call.federated = std::move(caller);
}

Error come_back(const Call& call, Awaited awaited, Error otherwise) {
    if (call.awaited != nullptr) *call.awaited = std::move(awaited);
    return otherwise;
}

Result<void> authorize_all(const Call& call, std::string_view action,
                           const std::vector<std::string>& resources, const policy::Context& facts) {
    if (resources.empty())
        return Error{Fault::internal, "an operation names no resource to be authorised on"};
    policy::Context context = call.context;
    for (const auto& [key, values] : facts) context[key] = values;
    for (const std::string& resource : resources) TRY(authorize(call, {action, resource, context}));
    return {};
}

Result<void> refuse_unsupported(const std::vector<std::string_view>& given, const Supported& supported) {
    if (!supported) return {};
    for (const std::string_view name : given)
        if (!supported->contains(name))
            return Error{Fault::unsupported, "The parameter " + std::string(name) + " is not supported here.",
                         "InvalidParameterCombination"};
    return {};
}

}  // namespace countersign::gateway
