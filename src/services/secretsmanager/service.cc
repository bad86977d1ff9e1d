#include "services/secretsmanager/service.h"

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

// An operation on the secret that SecretId names.
template <class Op>
gateway::Operation on_secret(const Deps& deps, gateway::Function<Op, Deps> function,
                             gateway::Supported supported = std::nullopt) {
    auto resources = [deps](const Call& call, const typename Op::Input& input) {
        return std::vector<std::string>{arn_asked_for(deps, call, *input.SecretId)};
    };
    return gateway::row<Op>(deps, resources, function, std::move(supported));
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
