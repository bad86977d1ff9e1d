#include "services/sso_oidc/service.h"

#include "generated/sso_oidc.h"
#include "services/sso_oidc/operations.h"

namespace countersign::sso_oidc {

namespace {

template <class Op>
gateway::Operation unsigned_call(const Deps& deps, gateway::Function<Op, Deps> function,
                                 gateway::Supported supported = std::nullopt) {
    return gateway::unsigned_operation<Op>(gateway::bound<Op>(deps, function), std::move(supported));
}

}  // namespace

namespace ops = api::ops;

gateway::Service service(const Deps& deps) {
    return gateway::Service{
        api::model,
        gateway::Locality::anywhere,
        api::errors,
        {
            unsigned_call<ops::CreateToken>(deps, create_token),
            gateway::operation_for_everyone<ops::CreateTokenWithIAM>(
                gateway::bound<ops::CreateTokenWithIAM>(deps, create_token_with_iam)),
            unsigned_call<ops::RegisterClient>(
                deps, register_client,
                {{"clientName", "clientType", "scopes", "redirectUris", "grantTypes", "issuerUrl"}}),
            unsigned_call<ops::StartDeviceAuthorization>(deps, start_device_authorization),
        }};
}

}  // namespace countersign::sso_oidc
