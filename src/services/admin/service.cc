#include "services/admin/service.h"

#include "base/text.h"
#include "gateway/rows.h"
#include "generated/admin.h"
#include "model/arn.h"
#include "services/admin/accounts.h"
#include "services/admin/agents.h"
#include "services/admin/aliases.h"
#include "services/admin/arns.h"
#include "services/admin/attached.h"
#include "services/admin/directory.h"
#include "services/admin/explain_federation.h"
#include "services/admin/explain_login.h"
#include "services/admin/guardrails.h"
#include "services/admin/options.h"
#include "services/admin/own_access.h"
#include "services/admin/poolers.h"
#include "services/admin/sessions.h"
#include "services/admin/signin_methods.h"

namespace countersign::admin {

namespace {

using gateway::Call;
using gateway::Operation;
namespace ops = api::ops;

template <class Op>
Operation on_accounts(const Deps& deps, gateway::Function<Op, Deps> function) {
    auto resources = [](const Call& call, const typename Op::Input&) {
        return std::vector<std::string>{model::global_arn("countersign", call.account(), "account/*")};
    };
    return gateway::row<Op>(deps, resources, function);
}

template <class Op>
Operation on_agents(const Deps& deps, gateway::Function<Op, Deps> function) {
    auto resources = [](const Call& call, const typename Op::Input&) {
        return std::vector<std::string>{model::global_arn("countersign", call.account(), "agent/*")};
    };
    return gateway::row<Op>(deps, resources, function);
}

// An operation on how people sign in.
template <class Op>
Operation on_directory(const Deps& deps, gateway::Function<Op, Deps> function) {
    auto resources = [](const Call& call, const typename Op::Input&) {
        return std::vector<std::string>{model::global_arn("countersign", call.account(), "directory/*")};
    };
    return gateway::row<Op>(deps, resources, function);
}

// An operation on the guardrails of the account that AccountId names, or of the caller's own.
template <class Op>
Operation on_guardrails(const Deps& deps, gateway::Function<Op, Deps> function) {
    auto resources = [](const Call& call, const typename Op::Input& input) {
        return std::vector<std::string>{model::global_arn(
            "countersign", call.account(), "account/" + input.AccountId.value_or(call.account()))};
    };
    return gateway::row<Op>(deps, resources, function);
}

// An operation on the DB instance that DBInstanceIdentifier names.
template <class Op>
Operation on_instance(const Deps& deps, gateway::Function<Op, Deps> function) {
    auto resources = [](const Call& call, const typename Op::Input& input) {
        return std::vector<std::string>{
            rds_arn(call, region_of(call, input.Region), "db", lower(*input.DBInstanceIdentifier))};
    };
    return gateway::row<Op>(deps, resources, function);
}

// An operation on what a member of its input names, where it names something.
template <class Op, class Name>
Operation on_named(const Deps& deps, gateway::Function<Op, Deps> function, std::string_view kind, Name name) {
    auto resources = [kind, name](const Call& call, const typename Op::Input& input) {
        return std::vector<std::string>{
            own_arn(call, region_of(call, input.Region), kind, lower(name(input).value_or("*")))};
    };
    return gateway::row<Op>(deps, resources, function);
}

template <class Op>
Operation on_database(const Deps& deps, gateway::Function<Op, Deps> function) {
    return on_named<Op>(deps, function, "database",
                        [](const typename Op::Input& input) { return input.DBIdentifier; });
}

template <class Op>
Operation on_pooler(const Deps& deps, gateway::Function<Op, Deps> function) {
    return on_named<Op>(deps, function, "pooler",
                        [](const typename Op::Input& input) { return input.PoolerName; });
}

template <class Op>
Operation on_every_database(const Deps& deps, gateway::Function<Op, Deps> function) {
    auto resources = [](const Call& call, const typename Op::Input&) {
        return std::vector<std::string>{own_arn(call, "*", "database", "*")};
    };
    return gateway::row<Op>(deps, resources, function);
}

// An operation on live sessions, authorised on the databases that they are in.
template <class Op>
Operation on_sessions(const Deps& deps, gateway::Function<Op, Deps> function,
                      std::vector<std::string> (*databases)(const Deps&, const Call&,
                                                            const typename Op::Input&)) {
    auto resources = [deps, databases](const Call& call, const typename Op::Input& input) {
        return databases(deps, call, input);
    };
    return gateway::row<Op>(deps, resources, function);
}

Operation on_all_poolers(const Deps& deps) {
    return on_named<ops::ListPoolers>(deps, list_poolers, "pooler", [](const api::ListPoolersRequest&) {
        return std::optional<std::string>();
    });
}

}  // namespace

gateway::Service service(const Deps& deps) {
    return gateway::Service{
        api::model,
        gateway::Locality::anywhere,
        api::errors,
        {
            on_database<ops::AddEndpointAlias>(deps, add_alias),
            on_instance<ops::AttachDBInstance>(deps, attach_instance),
            on_accounts<ops::CreateAccount>(deps, create_account),
            on_agents<ops::CreateAgentToken>(deps, create_agent_token),
            on_directory<ops::CreateProvisioningToken>(deps, create_provisioning_token),
            on_agents<ops::DeleteAgent>(deps, delete_agent),
            on_guardrails<ops::DeleteGuardrail>(deps, delete_guardrail),
            on_directory<ops::DeleteSigninMethod>(deps, delete_signin_method),
            on_directory<ops::DeleteProvisioningToken>(deps, delete_provisioning_token),
            on_pooler<ops::DeregisterPooler>(deps, deregister_pooler),
            on_instance<ops::DescribeAttachedDBInstance>(deps, describe_attached),
            on_instance<ops::DetachDBInstance>(deps, detach_instance),
            on_sessions<ops::EndSessions>(deps, end_sessions, databases_meant),
            gateway::row<ops::ExplainFederation>(deps, role_asked, explain_federation),
            gateway::row<ops::ExplainLogin>(deps, explained, explain_login),
            on_guardrails<ops::GetGuardrail>(deps, get_guardrail),
            on_accounts<ops::ListAccounts>(deps, list_accounts),
            on_agents<ops::ListAgents>(deps, list_agents),
            on_database<ops::ListEndpointAliases>(deps, list_aliases),
            on_guardrails<ops::ListGuardrails>(deps, list_guardrails),
            on_every_database<ops::ListOptionsWithoutEffect>(deps, list_options),
            gateway::operation_for_everyone<ops::ListOwnAccess>(
                gateway::bound<ops::ListOwnAccess>(deps, list_own_access)),
            on_all_poolers(deps),
            on_directory<ops::ListProvisioningTokens>(deps, list_provisioning_tokens),
            on_sessions<ops::ListSessions>(deps, list_sessions, listed_databases),
            on_directory<ops::ListSigninMethods>(deps, list_signin_methods),
            on_guardrails<ops::PutGuardrail>(deps, put_guardrail),
            on_directory<ops::PutSigninMethod>(deps, put_signin_method),
            on_pooler<ops::RegisterPooler>(deps, register_pooler),
            on_database<ops::RemoveEndpointAlias>(deps, remove_alias),
            gateway::row<ops::ResetDirectoryPassword>(deps, directory_user_meant, reset_directory_password),
        }};
}

}  // namespace countersign::admin
