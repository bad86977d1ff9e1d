#include "extension/service.h"

#include "extension/accounts.h"
#include "extension/explain_login.h"
#include "extension/guardrails.h"
#include "generated/extension.h"

namespace countersign::extension {

namespace {

using gateway::Call;
using gateway::Operation;
namespace ops = api::ops;

template <class Op>
Operation on_accounts(const Surroundings& around, gateway::Function<Op, Surroundings> function) {
    auto resources = [](const Call& call, const typename Op::Input&) {
        return std::vector<std::string>{"arn:aws:countersign::" + call.account() + ":account/*"};
    };
    return gateway::operation<Op>("countersign", resources, gateway::bound<Op>(around, function));
}

// An operation about the principal that PrincipalArn names.
template <class Op>
Operation on_principal(const Surroundings& around, gateway::Function<Op, Surroundings> function) {
    auto resources = [](const Call&, const typename Op::Input& input) {
        return std::vector<std::string>{*input.PrincipalArn};
    };
    return gateway::operation<Op>("countersign", resources, gateway::bound<Op>(around, function));
}

// An operation on the guardrails of the account that AccountId names, or of the caller's own.
template <class Op>
Operation on_guardrails(const Surroundings& around, gateway::Function<Op, Surroundings> function) {
    auto resources = [](const Call& call, const typename Op::Input& input) {
        return std::vector<std::string>{"arn:aws:countersign::" + call.account() + ":account/" +
                                        input.AccountId.value_or(call.account())};
    };
    return gateway::operation<Op>("countersign", resources, gateway::bound<Op>(around, function));
}

}  // namespace

gateway::Service service(const Surroundings& around) {
    return gateway::Service{api::model,
                            gateway::Locality::global,
                            api::errors,
                            {
                                on_accounts<ops::CreateAccount>(around, create_account),
                                on_guardrails<ops::DeleteGuardrail>(around, delete_guardrail),
                                on_principal<ops::ExplainLogin>(around, explain_login),
                                on_guardrails<ops::GetGuardrail>(around, get_guardrail),
                                on_accounts<ops::ListAccounts>(around, list_accounts),
                                on_guardrails<ops::ListGuardrails>(around, list_guardrails),
                                on_guardrails<ops::PutGuardrail>(around, put_guardrail),
                            }};
}

}  // namespace countersign::extension
