#include "services/admin/directory.h"

#include "base/text.h"
#include "identity_center/credentials.h"
#include "identity_center/directory.h"
#include "identity_center/instances.h"
#include "model/arn.h"

namespace countersign::admin {

namespace ic = identity_center;

namespace {

constexpr std::size_t name_bytes_shown_max = 128;

Error no_such_entity(std::string message) {
    return Error{Fault::not_found, std::move(message), "NoSuchEntity"};
}

}  // namespace

std::vector<std::string> directory_user_meant(const gateway::Call& call,
                                              const api::ResetDirectoryPasswordRequest& input) {
    return {model::global_arn("countersign", call.account(), "directory/" + lower(*input.UserName))};
}

Result<api::ResetDirectoryPasswordResponse> reset_directory_password(
    const Deps& deps, const gateway::Call& call, const api::ResetDirectoryPasswordRequest& input) {
    const auto instance = TRY(ic::find_of_account(deps.store, call.account()));
    if (!instance)
        return no_such_entity("The account has no directory yet; make it with: countersign directory create");
    const std::string& store_id = instance->record.identity_store;
    const auto user = TRY(ic::find_user_by_name(deps.store, store_id, *input.UserName));
    if (!user)
        return no_such_entity("The directory has no user " +
                              printable(*input.UserName, name_bytes_shown_max));
    const Secret password =
        TRY(ic::reset_password({deps.store, deps.sealing, deps.random}, store_id, user->record.id,
                               input.ForgetApp.value_or(false), call.now));
    api::ResetDirectoryPasswordResponse answer;
    answer.OneTimePassword = std::string(password.reveal());
    answer.UserId = user->record.id;
    return answer;
}

}  // namespace countersign::admin
