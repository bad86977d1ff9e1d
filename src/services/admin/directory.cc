#include "services/admin/directory.h"

#include "base/text.h"
#include "identity_center/credentials.h"
#include "identity_center/directory.h"
#include "identity_center/instances.h"
#include "identity_center/provisioning_tokens.h"
#include "model/arn.h"

namespace countersign::admin {

namespace ic = identity_center;

namespace {

constexpr std::size_t name_bytes_shown_max = 128;

Error no_such_entity(std::string message) {
    return Error{Fault::not_found, std::move(message), "NoSuchEntity"};
}

Result<std::string> identity_store_of(const Deps& deps, const gateway::Call& call) {
    auto instance = TRY(ic::find_of_account(deps.store, call.account()));
    if (!instance)
        return no_such_entity("The account has no directory yet; make it with: countersign directory create");
    return std::move(instance->record.identity_store);
}

}  // namespace

std::vector<std::string> directory_user_meant(const gateway::Call& call,
                                              const api::ResetDirectoryPasswordRequest& input) {
    return {model::global_arn("countersign", call.account(), "directory/" + lower(*input.UserName))};
}

Result<api::ResetDirectoryPasswordResponse> reset_directory_password(
    const Deps& deps, const gateway::Call& call, const api::ResetDirectoryPasswordRequest& input) {
    const std::string store_id = TRY(identity_store_of(deps, call));
    const auto user = TRY(ic::find_user_by_name(deps.store, store_id, *input.UserName));
    if (!user)
        return no_such_entity("The directory has no user " +
                              printable(*input.UserName, name_bytes_shown_max));
    const Secret password = TRY(ic::reset_password({deps.store, deps.sealing, deps.random}, user->record.id,
                                                   input.ForgetApp.value_or(false), call.now));
    api::ResetDirectoryPasswordResponse answer;
    answer.OneTimePassword = std::string(password.reveal());
    answer.UserId = user->record.id;
    return answer;
}

Result<api::CreateProvisioningTokenResponse> create_provisioning_token(const Deps& deps,
                                                                       const gateway::Call& call,
                                                                       const gateway::Nothing&) {
    const std::string store_id = TRY(identity_store_of(deps, call));
    const auto made = ic::create_provisioning_token(deps.store, deps.random, store_id, call.now);
    if (!made && made.error().fault == Fault::conflict)
        return Error{Fault::conflict, made.error().message, "LimitExceeded"};
    if (!made) return made.error();
    api::CreateProvisioningTokenResponse answer;
    answer.Token = std::string(made->token.reveal());
    answer.TokenId = made->record.id;
    answer.IdentityStoreId = store_id;
    answer.Expires = made->record.expires;
    return answer;
}

Result<api::ListProvisioningTokensResponse> list_provisioning_tokens(const Deps& deps,
                                                                     const gateway::Call& call,
                                                                     const gateway::Nothing&) {
    const std::string store_id = TRY(identity_store_of(deps, call));
    const auto tokens = TRY(ic::provisioning_tokens(deps.store, store_id));
    api::ListProvisioningTokensResponse answer;
    for (const model::ProvisioningToken& token : tokens) {
        api::ProvisioningToken& shown = answer.Tokens.emplace_back();
        shown.TokenId = token.id;
        shown.CreateDate = token.created;
        shown.Expires = token.expires;
    }
    return answer;
}

Result<gateway::Nothing> delete_provisioning_token(const Deps& deps, const gateway::Call& call,
                                                   const api::DeleteProvisioningTokenRequest& input) {
    const std::string store_id = TRY(identity_store_of(deps, call));
    const auto done = ic::delete_provisioning_token(deps.store, store_id, *input.TokenId);
    if (!done && done.error().fault == Fault::not_found) return no_such_entity(done.error().message);
    if (!done) return done.error();
    return gateway::Nothing{};
}

}  // namespace countersign::admin
