// Operations on user names and passwords for single services: create, list, update, reset, delete. A password
// is credential_to_api once. Services that take API keys instead of passwords are not offered. Source: IAM
// User Guide, "Using service-specific credentials".
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "crypto/digest.h"
#include "model/ids.h"
#include "services/iam/operation_registry.h"
#include "services/iam/paging.h"
#include "services/iam/user_credentials.h"
#include "services/iam/user_operations.h"

namespace countersign::iam {

namespace keys = model::keys;
namespace ops = api::ops;
using gateway::Call;
using gateway::Nothing;
using StoredCredential = store::Stored<model::ServiceCredential>;

namespace {

constexpr std::size_t credentials_per_service_max = 2;
constexpr std::array<std::string_view, 2> services{"cassandra.amazonaws.com", "codecommit.amazonaws.com"};

Error unknown_credential(const std::string& id) {
    return Error{Fault::not_found, fmt::format("No such credential {} exists", id), "NoSuchEntity"};
}

const CredentialKind service_credential_kind{keys::service_credentials, unknown_credential};

Result<void> check_credential_service(const std::string& name) {
    if (std::ranges::find(services, name) != services.end()) return {};
    return Error{Fault::not_found,
                 fmt::format("No such service {} is supported for Service Specific Credentials", name),
                 "NoSuchEntity"};
}

// As AWS makes them: 59 characters, and an equals sign.
Secret new_password(crypto::Random& random) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    return Secret(crypto::random_text(random, alphabet, 59) + '=');
}

std::string verifier_of(const Secret& password) {
    return crypto::sha256_hex(password.reveal());
}

api::ServiceSpecificCredential credential_to_api(const model::ServiceCredential& record,
                                                 const Secret& password) {
    api::ServiceSpecificCredential answer;
    answer.CreateDate = record.created;
    answer.ServiceName = record.service;
    answer.ServiceUserName = record.user_name;
    answer.ServicePassword = std::string(password.reveal());
    answer.ServiceSpecificCredentialId = record.id;
    answer.UserName = record.user;
    answer.Status = status_text(record.status);
    return answer;
}

api::ServiceSpecificCredentialMetadata shown_in_list(const model::ServiceCredential& record) {
    api::ServiceSpecificCredentialMetadata answer;
    answer.UserName = record.user;
    answer.Status = status_text(record.status);
    answer.ServiceUserName = record.user_name;
    answer.CreateDate = record.created;
    answer.ServiceSpecificCredentialId = record.id;
    answer.ServiceName = record.service;
    return answer;
}

// jane-at-123456789012, or jane+1-at-123456789012 where that is taken: by another of hers, or by one of
// somebody who had the name before.
Result<std::string> free_name(store::Store& store, const Owner& owner, const std::string& service) {
    const auto all =
        TRY(store::load_all<model::ServiceCredential>(store, keys::all_service_credentials(owner.account)));
    for (std::size_t number = 0;; ++number) {
        const std::string suffix = number == 0 ? "" : '+' + std::to_string(number);
        const std::string name = fmt::format("{}{}-at-{}", owner.user, suffix, owner.account);
        const bool is_taken = std::ranges::any_of(all, [&](const StoredCredential& other) {
            return other.record.service == service && lower(other.record.user_name) == lower(name);
        });
        if (!is_taken) return name;
    }
}

Result<void> check_credential_quota(store::Store& store, const Owner& owner, const std::string& service) {
    const auto known = TRY(store::load_all<model::ServiceCredential>(
        store, keys::service_credentials(owner.account, owner.user)));
    const auto count = std::ranges::count_if(
        known, [&](const StoredCredential& other) { return other.record.service == service; });
    if (static_cast<std::size_t>(count) < credentials_per_service_max) return {};
    return Error{Fault::conflict,
                 fmt::format("Cannot exceed quota for ServiceSpecificCredentialsPerUser: {}",
                             credentials_per_service_max),
                 "LimitExceeded"};
}

Result<model::ServiceCredential> add_credential(const Deps& deps, const Call& call,
                                                const api::CreateServiceSpecificCredentialRequest& input,
                                                const Secret& password) {
    Owner owner = TRY(owner_of(deps.store, call, input.UserName));
    TRY(check_credential_service(*input.ServiceName));
    TRY(check_credential_quota(deps.store, owner, *input.ServiceName));
    model::ServiceCredential record;
    record.id = model::new_unique_id("ACCA", deps.random);
    record.user = owner.user;
    record.status = model::KeyStatus::Active;
    record.created = call.now;
    record.service = *input.ServiceName;
    record.user_name = TRY(free_name(deps.store, owner, *input.ServiceName));
    record.verifier = verifier_of(password);
    const std::string place = keys::item(keys::service_credentials(owner.account, owner.user), record.id);
    owner.held.guards.push_back(store::absent(place));
    owner.held.writes.push_back(store::put(place, record));
    TRY(deps.store.commit(owner.held));
    return record;
}

Result<api::CreateServiceSpecificCredentialResponse> create(
    const Deps& deps, const Call& call, const api::CreateServiceSpecificCredentialRequest& input) {
    if (input.CredentialAgeDays)
        return Error{Fault::invalid, "CredentialAgeDays is only valid for services that support API keys.",
                     "InvalidInput"};
    const Secret password = new_password(deps.random);
    const auto record = TRY(store::retry_races([&] { return add_credential(deps, call, input, password); }));
    api::CreateServiceSpecificCredentialResponse answer;
    answer.ServiceSpecificCredential = credential_to_api(record, password);
    return answer;
}

// Where the credentials lie that a list is about; empty where it can only be about none.
Result<std::string> place_of_list(const Deps& deps, const Call& call,
                                  const api::ListServiceSpecificCredentialsRequest& input) {
    if (!input.AllUsers.value_or(false)) {
        const Owner owner = TRY(owner_of(deps.store, call, input.UserName));
        return keys::service_credentials(owner.account, owner.user);
    }
    if (input.UserName)
        return Error{Fault::invalid, "UserName and AllUsers cannot be specified together.", "InvalidInput"};
    return keys::all_service_credentials(call.account());
}

Result<api::ListServiceSpecificCredentialsResponse> list_credentials(
    const Deps& deps, const Call& call, const api::ListServiceSpecificCredentialsRequest& input) {
    if (input.ServiceName) TRY(check_credential_service(*input.ServiceName));
    const std::string place = TRY(place_of_list(deps, call, input));
    const auto shown_page = TRY(stored_page<model::ServiceCredential>(
        deps.store, place, input, [&](const model::ServiceCredential& credential) {
            return !input.ServiceName || credential.service == *input.ServiceName;
        }));
    api::ListServiceSpecificCredentialsResponse answer;
    for (const StoredCredential& stored : shown_page.items)
        answer.ServiceSpecificCredentials.push_back(shown_in_list(stored.record));
    const bool is_paged = input.AllUsers || input.MaxItems || input.Marker;  // else AWS says nothing of pages
    if (is_paged) put_page(answer, shown_page);
    return answer;
}

Result<Nothing> update_credential(const Deps& deps, const Call& call,
                                  const api::UpdateServiceSpecificCredentialRequest& input) {
    return set_status<model::ServiceCredential>(deps, call, service_credential_kind,
                                                {input.UserName, *input.ServiceSpecificCredentialId},
                                                *input.Status);
}

Result<api::ResetServiceSpecificCredentialResponse> reset(
    const Deps& deps, const Call& call, const api::ResetServiceSpecificCredentialRequest& input) {
    const Secret password = new_password(deps.random);
    api::ResetServiceSpecificCredentialResponse answer;
    TRY(change_credential<model::ServiceCredential>(
        deps, call, service_credential_kind, {input.UserName, *input.ServiceSpecificCredentialId},
        [&](model::ServiceCredential& record) {
            record.verifier = verifier_of(password);
            answer.ServiceSpecificCredential = credential_to_api(record, password);
        }));
    return answer;
}

Result<Nothing> remove_credential(const Deps& deps, const Call& call,
                                  const api::DeleteServiceSpecificCredentialRequest& input) {
    return delete_credential<model::ServiceCredential>(deps, call, service_credential_kind,
                                                       {input.UserName, *input.ServiceSpecificCredentialId});
}

// A list of all users' needs a right on all of them.
gateway::Resources<ops::ListServiceSpecificCredentials> listed(store::Store& store) {
    return [&store](const Call& call, const api::ListServiceSpecificCredentialsRequest& input) {
        if (input.AllUsers.value_or(false)) return below_account(call, "user", "/", "*");
        return user_resource(store, call, input.UserName);
    };
}

gateway::Operation list_row(const Deps& deps) {
    using List = ops::ListServiceSpecificCredentials;
    const auto tagged_user =
        [&store = deps.store](
            const Call& call,
            const api::ListServiceSpecificCredentialsRequest& input) -> Result<store::Stored<model::User>> {
        if (input.AllUsers.value_or(false))
            return Error{Fault::not_found, "a list of all users' has no tags"};
        return find_user(store, call.account(), input.UserName.value_or(call.caller.principal().user_name));
    };
    return with_tags<List>(row<List>(deps, listed(deps.store), list_credentials), tagged_user);
}

}  // namespace

Rows service_specific_credential_operations(const Deps& deps) {
    return {
        on_tagged_user<ops::CreateServiceSpecificCredential>(deps, create),
        on_tagged_user<ops::DeleteServiceSpecificCredential>(deps, remove_credential),
        list_row(deps),
        on_tagged_user<ops::ResetServiceSpecificCredential>(deps, reset),
        on_tagged_user<ops::UpdateServiceSpecificCredential>(deps, update_credential),
    };
}

}  // namespace countersign::iam
