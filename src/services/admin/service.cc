#include "services/admin/service.h"

#include "base/text.h"
#include "generated/admin.h"
#include "services/admin/accounts.h"
#include "services/admin/agents.h"
#include "services/admin/aliases.h"
#include "services/admin/attached.h"
#include "services/admin/explain_login.h"
#include "services/admin/guardrails.h"
#include "services/admin/poolers.h"
#include "services/admin/regional.h"
#include "services/admin/sessions.h"

namespace countersign::admin {

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

template <class Op>
Operation on_agents(const Surroundings& around, gateway::Function<Op, Surroundings> function) {
    auto resources = [](const Call& call, const typename Op::Input&) {
        return std::vector<std::string>{"arn:aws:countersign::" + call.account() + ":agent/*"};
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

// An operation on the DB instance that DBInstanceIdentifier names.
template <class Op>
Operation on_instance(const Surroundings& around, gateway::Function<Op, Surroundings> function) {
    auto resources = [](const Call& call, const typename Op::Input& input) {
        return std::vector<std::string>{
            rds_arn(call, region_of(call, input.Region), "db", lower(*input.DBInstanceIdentifier))};
    };
    return gateway::operation<Op>("countersign", resources, gateway::bound<Op>(around, function));
}

// An operation on what a member of its input names, where it names something.
template <class Op, class Name>
Operation on_named(const Surroundings& around, gateway::Function<Op, Surroundings> function,
                   std::string_view kind, Name name) {
    auto resources = [kind, name](const Call& call, const typename Op::Input& input) {
        return std::vector<std::string>{
            own_arn(call, region_of(call, input.Region), kind, lower(name(input).value_or("*")))};
    };
    return gateway::operation<Op>("countersign", resources, gateway::bound<Op>(around, function));
}

template <class Op>
Operation on_database(const Surroundings& around, gateway::Function<Op, Surroundings> function) {
    return on_named<Op>(around, function, "database",
                        [](const typename Op::Input& input) { return input.DBIdentifier; });
}

template <class Op>
Operation on_pooler(const Surroundings& around, gateway::Function<Op, Surroundings> function) {
    return on_named<Op>(around, function, "pooler",
                        [](const typename Op::Input& input) { return input.PoolerName; });
}

// An operation on live sessions, authorised on the databases that they are in.
template <class Op>
Operation on_sessions(const Surroundings& around, gateway::Function<Op, Surroundings> function,
                      std::vector<std::string> (*databases)(const Surroundings&, const Call&,
                                                            const typename Op::Input&)) {
    auto resources = [around, databases](const Call& call, const typename Op::Input& input) {
        return databases(around, call, input);
    };
    return gateway::operation<Op>("countersign", resources, gateway::bound<Op>(around, function));
}

Operation on_all_poolers(const Surroundings& around) {
    return on_named<ops::ListPoolers>(around, list_poolers, "pooler", [](const api::ListPoolersRequest&) {
        return std::optional<std::string>();
    });
}

}  // namespace

gateway::Service service(const Surroundings& around) {
    return gateway::Service{
        api::model,
        gateway::Locality::global,
        api::errors,
        {
            on_database<ops::AddEndpointAlias>(around, add_alias),
            on_instance<ops::AttachDBInstance>(around, attach_instance),
            on_accounts<ops::CreateAccount>(around, create_account),
            on_agents<ops::CreateAgentToken>(around, create_agent_token),
            on_agents<ops::DeleteAgent>(around, delete_agent),
            on_guardrails<ops::DeleteGuardrail>(around, delete_guardrail),
            on_pooler<ops::DeregisterPooler>(around, deregister_pooler),
            on_instance<ops::DescribeAttachedDBInstance>(around, describe_attached),
            on_instance<ops::DetachDBInstance>(around, detach_instance),
            on_sessions<ops::EndSessions>(around, end_sessions, databases_meant),
            gateway::operation<ops::ExplainLogin>("countersign", explained,
                                                  gateway::bound<ops::ExplainLogin>(around, explain_login)),
            on_guardrails<ops::GetGuardrail>(around, get_guardrail),
            on_accounts<ops::ListAccounts>(around, list_accounts),
            on_agents<ops::ListAgents>(around, list_agents),
            on_database<ops::ListEndpointAliases>(around, list_aliases),
            on_guardrails<ops::ListGuardrails>(around, list_guardrails),
            on_all_poolers(around),
            on_sessions<ops::ListSessions>(around, list_sessions, listed_databases),
            on_guardrails<ops::PutGuardrail>(around, put_guardrail),
            on_pooler<ops::RegisterPooler>(around, register_pooler),
            on_database<ops::RemoveEndpointAlias>(around, remove_alias),
        }};
}

}  // namespace countersign::admin
