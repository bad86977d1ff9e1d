#include "sts/service.h"

#include "generated/sts.h"

namespace countersign::sts {

namespace {

using gateway::Call;

Result<api::GetCallerIdentityResponse> get_caller_identity(const Call& call,
                                                           const api::GetCallerIdentityRequest&) {
    const access::Principal& principal = call.caller.principal();
    api::GetCallerIdentityResponse answer;
    answer.UserId = principal.id;
    answer.Account = principal.account;
    answer.Arn = principal.arn;
    return answer;
}

}  // namespace

gateway::Service service() {
    return gateway::Service{
        api::model,
        gateway::Locality::global,
        api::errors,
        {gateway::operation_for_everyone<api::ops::GetCallerIdentity>(get_caller_identity)}};
}

}  // namespace countersign::sts
