#include "services/admin/signin_methods.h"

#include <fmt/format.h>

#include <algorithm>

#include "federation/saml.h"
#include "identity_center/instances.h"
#include "identity_center/saml_method.h"
#include "identity_center/start_url.h"
#include "model/arn.h"
#include "model/identity_center_keys.h"
#include "store/records.h"

namespace countersign::admin {

namespace keys = model::keys;
using gateway::Call;
using gateway::Nothing;

namespace {

constexpr std::size_t methods_max = 10;
const std::string openid_kind = "oidc-provider/";
const std::string saml_kind = "saml-provider/";

Error no_entity(std::string message) {
    return Error{Fault::not_found, std::move(message), "NoSuchEntity"};
}

Result<std::string> directory_of(const Deps& deps, const Call& call) {
    const auto instance = TRY(identity_center::find_of_account(deps.store, call.account()));
    if (instance) return instance->record.identity_store;
    return no_entity("The account has no directory yet; make it with: countersign directory create");
}

Error invalid_input(std::string message) {
    return Error{Fault::invalid, std::move(message), "InvalidInput"};
}

// What the ARN of a provider of the account ends with; empty where it is none of that kind.
std::string named_in(const Call& call, const std::string& arn, std::string_view kind) {
    const std::string prefix = model::iam_arn(call.account(), kind);
    return arn.starts_with(prefix) ? arn.substr(prefix.size()) : std::string();
}

// The URL, without https://, of a provider of the account that names the client id.
Result<std::string> openid_provider_in(const Deps& deps, const Call& call, const std::string& arn,
                                       const std::string& client_id) {
    const std::string url = named_in(call, arn, openid_kind);
    const auto found =
        TRY(store::load<model::OidcProvider>(deps.store, keys::oidc_provider(call.account(), url)));
    if (url.empty() || !found)
        return no_entity("OpenIDConnect Provider not found for arn " + arn +
                         "; register it with: aws iam create-open-id-connect-provider");
    const auto& clients = found->record.client_ids;
    if (std::ranges::find(clients, client_id) != clients.end()) return url;
    return invalid_input(
        fmt::format("The provider's registration does not name the client id {}; add it with: aws iam "
                    "add-client-id-to-open-id-connect-provider",
                    client_id));
}

// The name of a provider of the account that people can sign in by.
Result<std::string> saml_provider_in(const Deps& deps, const Call& call, const std::string& arn) {
    const std::string name = named_in(call, arn, saml_kind);
    const auto found =
        TRY(store::load<model::SamlProvider>(deps.store, keys::saml_provider(call.account(), name)));
    if (!found)
        return no_entity("SAML provider not found for arn " + arn +
                         "; register it with: aws iam create-saml-provider");
    const auto metadata = TRY(federation::parse_metadata(found->record.metadata, call.now));
    if (const auto fit = identity_center::check_saml_provider(metadata); !fit)
        return invalid_input(fit.error().message);
    return name;
}

Result<model::SigninMethod> openid_method(const Deps& deps, const Call& call,
                                          const api::PutSigninMethodRequest& input) {
    if (!input.ClientId)
        return invalid_input("A provider of OpenID Connect needs ClientId: this server's client id there");
    model::SigninMethod method;
    method.provider = TRY(openid_provider_in(deps, call, *input.ProviderArn, *input.ClientId));
    method.client_id = *input.ClientId;
    method.claim = input.Claim.value_or("email");
    method.scopes = input.Scopes.value_or("openid email");
    return method;
}

Result<model::SigninMethod> saml_method(const Deps& deps, const Call& call,
                                        const api::PutSigninMethodRequest& input) {
    if (input.ClientId || input.ClientSecret || input.Scopes)
        return invalid_input("ClientId, ClientSecret and Scopes are for providers of OpenID Connect");
    model::SigninMethod method;
    method.saml_provider = TRY(saml_provider_in(deps, call, *input.ProviderArn));
    method.claim = input.Claim.value_or(std::string(identity_center::subject_claim));
    return method;
}

api::SigninMethod method_shown(const Call& call, const std::string& identity_store,
                               const model::SigninMethod& method) {
    const bool is_saml = method.provider.empty();
    api::SigninMethod shown;
    shown.MethodName = method.name;
    shown.Label = method.label;
    shown.ProviderArn = is_saml ? model::iam_arn(call.account(), saml_kind + method.saml_provider)
                                : model::iam_arn(call.account(), openid_kind + method.provider);
    shown.ReplyPath = std::string(is_saml ? identity_center::saml_path : identity_center::openid_path) +
                      identity_store + '/' + method.name;
    shown.ClientId = method.client_id;
    shown.Claim = method.claim;
    shown.Scopes = method.scopes;
    return shown;
}

}  // namespace

Result<api::PutSigninMethodResponse> put_signin_method(const Deps& deps, const Call& call,
                                                       const api::PutSigninMethodRequest& input) {
    const std::string identity_store = TRY(directory_of(deps, call));
    const bool is_saml = !named_in(call, *input.ProviderArn, saml_kind).empty();
    model::SigninMethod method =
        TRY(is_saml ? saml_method(deps, call, input) : openid_method(deps, call, input));
    method.name = *input.MethodName;
    method.label = input.Label.value_or("Sign in with " + method.name);
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
    answer.SigninMethod = method_shown(call, identity_store, method);
    return answer;
}

Result<api::ListSigninMethodsResponse> list_signin_methods(const Deps& deps, const Call& call,
                                                           const Nothing&) {
    const std::string identity_store = TRY(directory_of(deps, call));
    const auto present =
        TRY(store::load_all<model::SigninMethod>(deps.store, keys::signin_methods(identity_store)));
    api::ListSigninMethodsResponse answer;
    for (const auto& one : present)
        answer.SigninMethods.push_back(method_shown(call, identity_store, one.record));
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
