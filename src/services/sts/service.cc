#include "services/sts/service.h"

#include <string_view>

#include "gateway/rows.h"
#include "generated/sts.h"
#include "services/sts/operations.h"

namespace countersign::sts {

namespace {

// What sessions may ask of STS at all. Source: IAM User Guide, "Compare AWS STS credentials".
bool open_to(const access::Principal& caller, std::string_view operation) {
    if (caller.session == nullptr || operation == api::ops::GetCallerIdentity::name) return true;
    const bool renews =
        operation == api::ops::GetSessionToken::name || operation == api::ops::GetFederationToken::name;
    switch (caller.session->kind) {
        case access::SessionKind::role:
            return !renews;
        case access::SessionKind::user:
        case access::SessionKind::root:
            return operation == api::ops::AssumeRole::name;
        case access::SessionKind::federated_user:
        case access::SessionKind::none:
            return false;
    }
    return false;
}

template <class Op>
gateway::Operation guarded(gateway::Operation row) {
    row.run = [run = std::move(row.run)](const Call& call, const gateway::QueryReader& reader,
                                         gateway::AnswerWriter& answer) -> Result<void> {
        if (!open_to(call.caller.principal(), Op::name))
            return access_denied("Cannot call " + std::string(Op::name) + " with session credentials");
        return run(call, reader, answer);
    };
    return row;
}

template <class Op>
gateway::Operation guarded_on_all_resources(const Deps& deps, gateway::Function<Op, Deps> function) {
    return guarded<Op>(gateway::on_all_resources<Op>(deps, function));
}

// What is offered of the parameters of operations that begin a session.
const gateway::Supported offered = {{"DurationSeconds", "ExternalId", "Name", "Policy", "PolicyArns",
                                     "PrincipalArn", "ProvidedContexts", "RoleArn", "RoleSessionName",
                                     "SAMLAssertion", "SerialNumber", "SourceIdentity", "Tags", "TokenCode",
                                     "TransitiveTagKeys", "WebIdentityToken"}};

// An operation whose function itself finds out whether the caller may.
template <class Op>
gateway::Operation beginning(const Deps& deps, gateway::Function<Op, Deps> function) {
    return guarded<Op>(gateway::operation_for_everyone<Op>(gateway::bound<Op>(deps, function), offered));
}

template <class Op>
gateway::Operation vouched_for(const Deps& deps, gateway::Function<Op, Deps> function) {
    return gateway::unsigned_operation<Op>(gateway::bound<Op>(deps, function), offered);
}

}  // namespace

namespace ops = api::ops;

gateway::Service service(const Deps& deps) {
    return gateway::Service{
        api::model,
        gateway::Locality::anywhere,
        api::errors,
        {
            beginning<ops::AssumeRole>(deps, assume_role),
            vouched_for<ops::AssumeRoleWithSAML>(deps, assume_role_with_saml),
            vouched_for<ops::AssumeRoleWithWebIdentity>(deps, assume_role_with_web_identity),
            guarded_on_all_resources<ops::DecodeAuthorizationMessage>(deps, decode_authorization_message),
            guarded_on_all_resources<ops::GetAccessKeyInfo>(deps, get_access_key_info),
            gateway::operation_for_everyone<ops::GetCallerIdentity>(
                gateway::bound<ops::GetCallerIdentity>(deps, get_caller_identity)),
            beginning<ops::GetFederationToken>(deps, get_federation_token),
            beginning<ops::GetSessionToken>(deps, get_session_token),
        }};
}

}  // namespace countersign::sts
