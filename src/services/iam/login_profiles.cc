// Operations on users' passwords for the console: create, get, update, delete, and changing one's own.
#include <fmt/format.h>

#include "services/iam/accounts.h"
#include "services/iam/change.h"
#include "services/iam/entities.h"
#include "services/iam/operation_registry.h"
#include "services/iam/passwords.h"

namespace countersign::iam {

using gateway::Call;
using gateway::Nothing;

namespace {

Error no_profile(const std::string& user) {
    return Error{Fault::not_found, fmt::format("Login Profile for User {} cannot be found.", user),
                 "NoSuchEntity"};
}

// The name of the user that a request means. The root user has no login profile.
Result<std::string> user_with_profile(const Call& call, const std::optional<std::string>& named) {
    std::string name = TRY(user_meant(call, named));
    if (name.empty()) return no_profile("root");
    return name;
}

api::LoginProfile login_profile_to_api(const model::User& user) {
    api::LoginProfile answer;
    answer.UserName = user.name;
    answer.CreateDate = user.login_profile->created;
    answer.PasswordResetRequired = user.login_profile->reset_required;
    return answer;
}

// Checks a new password and puts it into the user's profile.
Result<void> renew(const Deps& deps, const Call& call, model::User& user, const Secret& password) {
    const auto account = TRY(find_account(deps.store, call.account(), call.account()));
    const auto& policy = account.record.password_policy;
    TRY(check_password(policy, password, user.name));
    TRY(set_password(*user.login_profile, policy, password, deps.random));
    user.login_profile->changed = call.now;
    return {};
}

Result<api::CreateLoginProfileResponse> create_login_profile(const Deps& deps, const Call& call,
                                                             const api::CreateLoginProfileRequest& input) {
    const std::string name = TRY(user_with_profile(call, input.UserName));
    if (!input.Password) return Error{Fault::invalid, "Password must be provided.", "ValidationError"};
    api::CreateLoginProfileResponse answer;
    const auto create = [&](model::User& user, store::Transaction&) -> Result<void> {
        if (user.login_profile)
            return Error{Fault::exists, fmt::format("Login Profile for user {} already exists.", user.name),
                         "EntityAlreadyExists"};
        user.login_profile.emplace();
        user.login_profile->created = call.now;
        user.login_profile->reset_required = input.PasswordResetRequired.value_or(false);
        TRY(renew(deps, call, user, Secret(*input.Password)));
        answer.LoginProfile = login_profile_to_api(user);
        return {};
    };
    TRY(change_record<find_user>(deps, call, name, create));
    return answer;
}

Result<api::GetLoginProfileResponse> get_login_profile(const Deps& deps, const Call& call,
                                                       const api::GetLoginProfileRequest& input) {
    const std::string name = TRY(user_with_profile(call, input.UserName));
    const auto stored = TRY(find_user(deps.store, call.account(), name));
    if (!stored.record.login_profile) return no_profile(name);
    api::GetLoginProfileResponse answer;
    answer.LoginProfile = login_profile_to_api(stored.record);
    return answer;
}

Result<Nothing> update_login_profile(const Deps& deps, const Call& call,
                                     const api::UpdateLoginProfileRequest& input) {
    const auto update = [&](model::User& user, store::Transaction&) -> Result<void> {
        if (!user.login_profile) return no_profile(*input.UserName);
        bool& reset = user.login_profile->reset_required;
        reset = input.PasswordResetRequired.value_or(reset);
        if (!input.Password) return {};
        return renew(deps, call, user, Secret(*input.Password));
    };
    return change_record<find_user>(deps, call, *input.UserName, update);
}

Result<Nothing> delete_login_profile(const Deps& deps, const Call& call,
                                     const api::DeleteLoginProfileRequest& input) {
    const std::string name = TRY(user_with_profile(call, input.UserName));
    const auto erase = [&](model::User& user, store::Transaction&) -> Result<void> {
        if (!user.login_profile)
            return Error{Fault::not_found, fmt::format("Cannot find Login Profile for User {}", name),
                         "NoSuchEntity"};
        user.login_profile.reset();
        return {};
    };
    return change_record<find_user>(deps, call, name, erase);
}

// A password policy can let every user change its own password; a denial still counts.
Result<void> check_right(const Deps& deps, const Call& call) {
    constexpr std::string_view action = "iam:ChangePassword";
    const auto account = TRY(find_account(deps.store, call.account(), call.account()));
    const auto& policy = account.record.password_policy;
    const std::vector<std::string> resources = user_resource(deps.store, call, std::nullopt);
    const access::Wanted wanted{action, resources.front(), call.context};
    const bool denied =
        call.access.decide(call.caller, wanted, call.now).effect() == policy::Effect::explicit_deny;
    if (policy && policy->change_by_users && !denied) return {};
    return gateway::authorize_all(call, action, resources);
}

Result<Nothing> change_password(const Deps& deps, const Call& call, const api::ChangePasswordRequest& input) {
    const access::Principal& caller = call.caller.principal();
    if (caller.type != access::PrincipalType::user)
        return Error{Fault::invalid, "Only IAM Users can change their own password", "InvalidUserType"};
    TRY(check_right(deps, call));
    const auto change = [&](model::User& user, store::Transaction&) -> Result<void> {
        if (!user.login_profile) return no_profile(user.name);
        if (!is_password(*user.login_profile, Secret(*input.OldPassword)))
            return Error{Fault::denied, "The old password was incorrect.", "AccessDenied"};
        user.login_profile->reset_required = false;
        return renew(deps, call, user, Secret(*input.NewPassword));
    };
    return change_record<find_user>(deps, call, caller.user_name, change);
}

namespace ops = api::ops;

}  // namespace

Rows login_profile_operations(const Deps& deps) {
    return {
        gateway::operation_for_everyone<ops::ChangePassword>(
            gateway::bound<ops::ChangePassword>(deps, Function<ops::ChangePassword>(change_password))),
        on_user<ops::CreateLoginProfile>(deps, create_login_profile),
        on_user<ops::DeleteLoginProfile>(deps, delete_login_profile),
        on_user<ops::GetLoginProfile>(deps, get_login_profile),
        on_user<ops::UpdateLoginProfile>(deps, update_login_profile),
    };
}

}  // namespace countersign::iam
