#include "services/sso/service.h"

#include <algorithm>

#include "gateway/paging.h"
#include "generated/sso.h"
#include "identity_center/directory.h"
#include "identity_center/instances.h"
#include "identity_center/sessions.h"

namespace countersign::sso {

namespace {

namespace ic = identity_center;
namespace ops = api::ops;
using gateway::Call;
using gateway::Nothing;

constexpr std::size_t page_items_max = 100;

Error portal_error(Fault fault, std::string_view name, std::string message) {
    return {fault, std::move(message), std::string(name)};
}

Result<store::Stored<model::SsoSession>> session_of(const Deps& deps, const Call& call,
                                                    const std::string& token) {
    auto found = ic::find_session(deps.store, token, call.now);
    if (!found && found.error().fault != Fault::unauthenticated) return found;
    const bool opens = found && TRY(ic::opens_portal(deps.store, found->record));
    if (opens) return found;
    return portal_error(
        Fault::unauthenticated, "UnauthorizedException",
        found ? "The application does not have the scope sso:account:access, or not this person any more"
              : found.error().message);
}

// For the record of the call, which is the account's in which the role is.
Result<void> keep_person(const Deps& deps, const Call& call, const model::SsoSession& session,
                         const std::string& account) {
    const std::string identity_store = ic::identity_store_of(session.user);
    const auto instance = TRY(ic::find_by_identity_store(deps.store, identity_store));
    const auto user = TRY(ic::find_user(deps.store, identity_store, session.user));
    if (instance && user)
        gateway::keep_federated(call, {account, ic::instance_arn(instance->record), user->record.user_name,
                                       session.client_name, true});
    return {};
}

template <class Item, class Place, class Input>
Result<gateway::PageOf<Item>> page(std::vector<Item> items, Place place, const Input& input) {
    const auto items_max = static_cast<std::size_t>(input.maxResults.value_or(page_items_max));
    return gateway::page_of(std::move(items), place,
                            gateway::PageRequest{input.nextToken, items_max, "InvalidRequestException"});
}

Result<api::ListAccountsResponse> list_accounts(const Deps& deps, const Call& call,
                                                const api::ListAccountsRequest& input) {
    const auto session = TRY(session_of(deps, call, *input.accessToken));
    auto accounts = TRY(account_roles(deps.store, session.record.user));
    const auto shown = TRY(page(
        std::move(accounts), [](const AccountRoles& one) { return one.account; }, input));
    api::ListAccountsResponse answer;
    for (const AccountRoles& one : shown.items) {
        api::AccountInfo& info = answer.accountList.emplace_back();
        info.accountId = one.account;
        info.accountName = one.account_name;
    }
    answer.nextToken = shown.next;
    return answer;
}

Result<api::ListAccountRolesResponse> list_account_roles(const Deps& deps, const Call& call,
                                                         const api::ListAccountRolesRequest& input) {
    const auto session = TRY(session_of(deps, call, *input.accessToken));
    const auto accounts = TRY(account_roles(deps.store, session.record.user));
    const auto found = std::ranges::find(accounts, *input.accountId, &AccountRoles::account);
    if (found == accounts.end()) return portal_error(Fault::denied, "ForbiddenException", "No access");
    const auto shown = TRY(page(
        found->roles, [](const std::string& role) { return role; }, input));
    api::ListAccountRolesResponse answer;
    for (const std::string& role : shown.items) {
        api::RoleInfo& info = answer.roleList.emplace_back();
        info.accountId = found->account;
        info.roleName = role;
    }
    answer.nextToken = shown.next;
    return answer;
}

Result<api::GetRoleCredentialsResponse> get_role_credentials(const Deps& deps, const Call& call,
                                                             const api::GetRoleCredentialsRequest& input) {
    const auto session = TRY(session_of(deps, call, *input.accessToken));
    const auto made = role_credentials(
        deps.store, deps.begin, {session.record.user, session.record.standing, session.record.mfa_time},
        *input.accountId, *input.roleName, call.now);
    if (!made && made.error().fault == Fault::denied)
        return portal_error(Fault::denied, "ForbiddenException", made.error().message);
    const RoleCredentials credentials = TRY(made);
    TRY(keep_person(deps, call, session.record, *input.accountId));
    api::GetRoleCredentialsResponse answer;
    api::RoleCredentials& shown = answer.roleCredentials.emplace();
    shown.accessKeyId = credentials.access_key_id;
    shown.secretAccessKey = std::string(credentials.secret_access_key.reveal());
    shown.sessionToken = credentials.session_token;
    shown.expiration =
        std::chrono::floor<std::chrono::milliseconds>(credentials.expires).time_since_epoch().count();
    return answer;
}

Result<Nothing> logout(const Deps& deps, const Call& call, const api::LogoutRequest& input) {
    const auto session = TRY(session_of(deps, call, *input.accessToken));
    TRY(ic::end_session(deps.store, session));
    return Nothing{};
}

template <class Op>
gateway::Operation unsigned_call(const Deps& deps, gateway::Function<Op, Deps> function) {
    return gateway::unsigned_operation<Op>(gateway::bound<Op>(deps, function));
}

}  // namespace

gateway::Service service(const Deps& deps) {
    return gateway::Service{api::model,
                            gateway::Locality::anywhere,
                            api::errors,
                            {
                                unsigned_call<ops::GetRoleCredentials>(deps, get_role_credentials),
                                unsigned_call<ops::ListAccountRoles>(deps, list_account_roles),
                                unsigned_call<ops::ListAccounts>(deps, list_accounts),
                                unsigned_call<ops::Logout>(deps, logout),
                            }};
}

}  // namespace countersign::sso
