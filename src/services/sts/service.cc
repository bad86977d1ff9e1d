#include "services/sts/service.h"

#include <string_view>

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
gateway::Operation on_everything(const Surroundings& around, gateway::Function<Op, Surroundings> function) {
    auto everything = [](const Call&, const typename Op::Input&) { return std::vector<std::string>{"*"}; };
    return guarded<Op>(gateway::operation<Op>("sts", everything, gateway::bound<Op>(around, function)));
}

// What is offered of the parameters of operations that begin a session.
const gateway::Supported offered = {{"DurationSeconds", "ExternalId", "Name", "Policy", "PolicyArns",
                                     "PrincipalArn", "RoleArn", "RoleSessionName", "SAMLAssertion",
                                     "SerialNumber", "SourceIdentity", "Tags", "TokenCode",
                                     "TransitiveTagKeys", "WebIdentityToken"}};

// An operation whose function itself finds out whether the caller may.
template <class Op>
gateway::Operation beginning(const Surroundings& around, gateway::Function<Op, Surroundings> function) {
    return guarded<Op>(gateway::operation_for_everyone<Op>(gateway::bound<Op>(around, function), offered));
}

template <class Op>
gateway::Operation vouched_for(const Surroundings& around, gateway::Function<Op, Surroundings> function) {
    return gateway::unsigned_operation<Op>(gateway::bound<Op>(around, function), offered);
}

}  // namespace

namespace ops = api::ops;

gateway::Service service(const Surroundings& around) {
    return gateway::Service{
        api::model,
        gateway::Locality::global,
        api::errors,
        {
            beginning<ops::AssumeRole>(around, assume_role),
            vouched_for<ops::AssumeRoleWithSAML>(around, assume_role_with_saml),
            vouched_for<ops::AssumeRoleWithWebIdentity>(around, assume_role_with_web_identity),
            on_everything<ops::DecodeAuthorizationMessage>(around, decode_authorization_message),
            on_everything<ops::GetAccessKeyInfo>(around, get_access_key_info),
            gateway::operation_for_everyone<ops::GetCallerIdentity>(
                gateway::bound<ops::GetCallerIdentity>(around, get_caller_identity)),
            beginning<ops::GetFederationToken>(around, get_federation_token),
            beginning<ops::GetSessionToken>(around, get_session_token),
        }};
}

}  // namespace countersign::sts
