// Operations that tell who somebody is, or why somebody was refused.
#include "model/access_key_id.h"
#include "model/iam.h"
#include "model/keys.h"
#include "services/sts/operations.h"
#include "store/records.h"

namespace countersign::sts {

Result<api::GetCallerIdentityResponse> get_caller_identity(const Deps&, const Call& call,
                                                           const api::GetCallerIdentityRequest&) {
    const access::Principal& principal = call.caller.principal();
    api::GetCallerIdentityResponse answer;
    answer.UserId = principal.id;
    answer.Account = principal.account;
    answer.Arn = principal.arn;
    return answer;
}

Result<api::GetAccessKeyInfoResponse> get_access_key_info(const Deps& deps, const Call&,
                                                          const api::GetAccessKeyInfoRequest& input) {
    const std::string& id = *input.AccessKeyId;
    api::GetAccessKeyInfoResponse answer;
    const auto key = TRY(store::load<model::AccessKey>(deps.store, model::keys::access_key(id)));
    if (key) {
        answer.Account = key->record.account;
        return answer;
    }
    const std::optional<std::string> account =
        id.starts_with("ASIA") ? model::account_of_key_id(id) : std::nullopt;
    const bool exists = account && TRY(deps.store.get(model::keys::account_record(*account)));
    if (!exists) return validation_error("Access key ID " + id + " does not exist.");
    answer.Account = account;
    return answer;
}

Result<api::DecodeAuthorizationMessageResponse> decode_authorization_message(
    const Deps& deps, const Call& call, const api::DecodeAuthorizationMessageRequest& input) {
    auto message = access::decode_message(*input.EncodedMessage, call.account(), deps.sealing);
    if (!message)
        return Error{Fault::invalid, "Message is not valid.", "InvalidAuthorizationMessageException"};
    api::DecodeAuthorizationMessageResponse answer;
    answer.DecodedMessage = *std::move(message);
    return answer;
}

}  // namespace countersign::sts
