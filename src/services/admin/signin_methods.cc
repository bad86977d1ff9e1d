#include "services/admin/signin_methods.h"

#include <fmt/format.h>

#include <algorithm>

#include "identity_center/instances.h"
#include "model/arn.h"
#include "model/keys.h"
#include "store/records.h"

namespace countersign::admin {

namespace keys = model::keys;
using gateway::Call;
using gateway::Nothing;

namespace {

constexpr std::size_t methods_max = 10;

Error no_entity(std::string message) {
    return Error{Fault::not_found, std::move(message), "NoSuchEntity"};
}

Result<std::string> directory_of(const Deps& deps, const Call& call) {
    const auto instance = TRY(identity_center::find_of_account(deps.store, call.account()));
    if (instance) return instance->record.identity_store;
    return no_entity("The account has no directory yet; make it with: countersign directory create");
}

// The URL, without https://, of a provider of the account that names the client id.
Result<std::string> provider_in(const Deps& deps, const Call& call, const std::string& arn,
                                const std::string& client_id) {
    const std::string prefix = model::iam_arn(call.account(), "oidc-provider/");
    const std::string url = arn.starts_with(prefix) ? arn.substr(prefix.size()) : std::string();
    const auto found =
        TRY(store::load<model::OidcProvider>(deps.store, keys::oidc_provider(call.account(), url)));
    if (url.empty() || !found)
        return no_entity("OpenIDConnect Provider not found for arn " + arn +
                         "; register it with: aws iam create-open-id-connect-provider");
    const auto& clients = found->record.client_ids;
    if (std::ranges::find(clients, client_id) != clients.end()) return url;
    return Error{
        Fault::invalid,
        fmt::format("The provider's registration does not name the client id {}; add it with: aws iam "
                    "add-client-id-to-open-id-connect-provider",
                    client_id),
        "InvalidInput"};
}

api::SigninMethod method_shown(const Call& call, const model::SigninMethod& method) {
    api::SigninMethod shown;
    shown.MethodName = method.name;
    shown.Label = method.label;
    shown.ProviderArn = model::iam_arn(call.account(), "oidc-provider/" + method.provider);
    shown.ClientId = method.client_id;
    shown.Claim = method.claim;
    shown.Scopes = method.scopes;
    return shown;
}

}  // namespace

Result<api::PutSigninMethodResponse> put_signin_method(const Deps& deps, const Call& call,
                                                       const api::PutSigninMethodRequest& input) {
    const std::string identity_store = TRY(directory_of(deps, call));
    model::SigninMethod method;
    method.name = *input.MethodName;
    method.label = input.Label.value_or("Sign in with " + method.name);
    method.provider = TRY(provider_in(deps, call, *input.ProviderArn, *input.ClientId));
    method.client_id = *input.ClientId;
    method.claim = input.Claim.value_or("email");
    method.scopes = input.Scopes.value_or("openid email");
    method.created = call.now;
    const std::string list = keys::signin_methods(identity_store);
    const std::string key = keys::item(list, method.name);
    const auto before = TRY(store::load<model::SigninMethod>(deps.store, key));
    const bool is_same =
        before && before->record.provider == method.provider && before->record.client_id == method.client_id;
    if (is_same) method.sealed_secret = before->record.sealed_secret;
    if (input.ClientSecret)
        method.sealed_secret = deps.sealing.seal(Secret(*input.ClientSecret), key, deps.random);
    const auto present = TRY(store::load_all<model::SigninMethod>(deps.store, list));
    const bool is_new =
        std::ranges::find(present, key, &store::Stored<model::SigninMethod>::key) == present.end();
    if (is_new && present.size() >= methods_max)
        return Error{Fault::conflict, "A directory has at most ten ways to sign in.", "LimitExceeded"};
    TRY(deps.store.commit({{}, {store::put(key, method)}}));
    api::PutSigninMethodResponse answer;
    answer.SigninMethod = method_shown(call, method);
    return answer;
}

Result<api::ListSigninMethodsResponse> list_signin_methods(const Deps& deps, const Call& call,
                                                           const Nothing&) {
    const std::string identity_store = TRY(directory_of(deps, call));
    const auto present =
        TRY(store::load_all<model::SigninMethod>(deps.store, keys::signin_methods(identity_store)));
    api::ListSigninMethodsResponse answer;
    for (const auto& one : present) answer.SigninMethods.push_back(method_shown(call, one.record));
    return answer;
}

Result<Nothing> delete_signin_method(const Deps& deps, const Call& call,
                                     const api::DeleteSigninMethodRequest& input) {
    const std::string identity_store = TRY(directory_of(deps, call));
    const std::string key = keys::item(keys::signin_methods(identity_store), *input.MethodName);
    const auto present = TRY(deps.store.get(key));
    if (!present) return no_entity("There is no way to sign in named " + *input.MethodName);
    TRY(deps.store.commit({{}, {store::erase(key)}}));
    return Nothing{};
}

}  // namespace countersign::admin
