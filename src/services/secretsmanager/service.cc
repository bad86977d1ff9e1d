#include "services/secretsmanager/service.h"

#include <fmt/format.h>

#include "gateway/rows.h"
#include "generated/secretsmanager.h"
#include "services/secretsmanager/list.h"
#include "services/secretsmanager/lookup.h"
#include "services/secretsmanager/read.h"
#include "services/secretsmanager/rotate.h"

namespace countersign::secretsmanager {

namespace {

using gateway::Call;
namespace ops = api::ops;

template <class Op>
using OnSecret = Result<typename Op::Output> (*)(const Deps&, const Call&, const FoundSecret&,
                                                 const typename Op::Input&);

// The condition keys of what is asked for.
template <class Input>
void add_request_keys(const Input& input, Target& target) {
    if constexpr (requires { input.VersionStage; }) put_version_keys(input, target);
    if constexpr (requires { input.RotateImmediately; })
        target.facts["secretsmanager:rotateimmediately"] = {input.RotateImmediately.value_or(true) ? "true"
                                                                                                   : "false"};
}

// An operation on the secret that SecretId names.
template <class Op>
gateway::Operation on_secret(const Deps& deps, OnSecret<Op> function,
                             gateway::Supported supported = std::nullopt) {
    using Output = typename Op::Output;
    std::string action = fmt::format("{}:{}", Deps::action_prefix, Op::name);
    auto handler = [deps, function, action = std::move(action)](
                       const Call& call, const typename Op::Input& input) -> Result<Output> {
        Target target = TRY(target_of(deps, call, *input.SecretId));
        add_request_keys(input, target);
        TRY(gateway::authorize_all(call, action, {target.arn}, target.facts));
        if (!target.secret) return secret_not_found();
        return function(deps, call, *target.secret, input);
    };
    return gateway::operation_for_everyone<Op>(std::move(handler), std::move(supported));
}

}  // namespace

gateway::Service service(const Deps& deps) {
    return gateway::Service{
        api::model,
        gateway::Locality::regional,
        api::errors,
        {
            on_secret<ops::DescribeSecret>(deps, describe_secret),
            on_secret<ops::GetResourcePolicy>(deps, get_resource_policy),
            on_secret<ops::GetSecretValue>(deps, get_secret_value),
            on_secret<ops::ListSecretVersionIds>(deps, list_versions),
            gateway::on_all_resources<ops::ListSecrets>(deps, list_secrets),
            on_secret<ops::RotateSecret>(deps, rotate_secret,
                                         {{"ClientRequestToken", "RotateImmediately", "SecretId"}}),
        }};
}

}  // namespace countersign::secretsmanager
