#include "services/iam/access_keys.h"

#include <fmt/format.h>

#include "model/ids.h"
#include "model/keys.h"
#include "services/iam/entities.h"
#include "services/iam/operation_registry.h"
#include "services/iam/paging.h"
#include "services/iam/user_operations.h"

namespace countersign::iam {

namespace keys = model::keys;
using gateway::Call;
using gateway::Nothing;

namespace {

constexpr std::size_t access_keys_per_user_max = 2;

using StoredKey = store::Stored<model::AccessKey>;

Result<std::vector<StoredKey>> access_keys_of(store::Store& store, const std::string& account,
                                              const std::string& user) {
    std::vector<StoredKey> found;
    const auto listed = TRY(store.list(keys::user_keys(account, user), {}));
    for (const store::Entry& entry : listed.entries)
        if (auto key = TRY(store::load<model::AccessKey>(store, keys::access_key(entry.value))))
            found.push_back(*std::move(key));
    return found;
}

Result<StoredKey> find_key(store::Store& store, const std::string& account, const std::string& user,
                           const std::string& id) {
    auto stored = TRY(store::load<model::AccessKey>(store, keys::access_key(id)));
    const bool own = stored && stored->record.account == account && lower(stored->record.user) == lower(user);
    if (!own)
        return Error{Fault::not_found, fmt::format("The Access Key with id {} cannot be found.", id),
                     "NoSuchEntity"};
    return *std::move(stored);
}

// Guards a user's record and writes it again as it is, so that a key is never made for a user that is being
// deleted, and two keys made at once never pass the quota. The root user has no record. Puts the name as it
// was given.
Result<store::Transaction> holding(store::Store& store, const std::string& account, std::string& user) {
    if (user.empty()) return store::Transaction{};
    const auto stored = TRY(find_user(store, account, user));
    user = stored.record.name;
    return store::Transaction{{stored.unchanged()}, {store::put(stored.key, stored.record)}};
}

Result<api::AccessKey> make_key(const Deps& deps, const Call& call, std::string user) {
    store::Transaction change = TRY(holding(deps.store, call.account(), user));
    const auto known = TRY(access_keys_of(deps.store, call.account(), user));
    if (known.size() >= access_keys_per_user_max)
        return Error{Fault::conflict,
                     fmt::format("Cannot exceed quota for AccessKeysPerUser: {}", access_keys_per_user_max),
                     "LimitExceeded"};
    const Secret secret = model::new_secret_access_key(deps.random);
    model::AccessKey key{.id = model::new_access_key_id(deps.random),
                         .account = call.account(),
                         .user = user,
                         .sealed_secret = {},
                         .status = model::KeyStatus::Active,
                         .created = call.now};
    const std::string place = keys::access_key(key.id);
    key.sealed_secret = deps.sealing.seal(secret, place, deps.random);
    change.guards.push_back(store::absent(place));
    change.writes.push_back(store::put(place, key));
    change.writes.push_back(store::Write{keys::user_key(call.account(), user, key.id), key.id});
    TRY(deps.store.commit(change));
    api::AccessKey shown;
    shown.UserName = user;
    shown.AccessKeyId = key.id;
    shown.Status = "Active";
    shown.SecretAccessKey = std::string(secret.reveal());
    shown.CreateDate = key.created;
    return shown;
}

}  // namespace

Result<api::CreateAccessKeyResponse> create_access_key(const Deps& deps, const Call& call,
                                                       const api::CreateAccessKeyRequest& input) {
    const std::string user = TRY(user_meant(call, input.UserName));
    api::CreateAccessKeyResponse answer;
    answer.AccessKey = TRY(store::retry_races([&] { return make_key(deps, call, user); }));
    return answer;
}

Result<api::ListAccessKeysResponse> list_access_keys(const Deps& deps, const Call& call,
                                                     const api::ListAccessKeysRequest& input) {
    std::string user = TRY(user_meant(call, input.UserName));
    TRY(holding(deps.store, call.account(), user));
    std::vector<StoredKey> keys_found = TRY(access_keys_of(deps.store, call.account(), user));
    const auto shown_page = TRY(page(
        std::move(keys_found), [](const StoredKey& key) { return key.key; }, input.Marker, input.MaxItems));
    api::ListAccessKeysResponse answer;
    for (const StoredKey& key : shown_page.items) {
        api::AccessKeyMetadata& last = answer.AccessKeyMetadata.emplace_back();
        if (!user.empty()) last.UserName = user;
        last.AccessKeyId = key.record.id;
        last.Status = key.record.status == model::KeyStatus::Active ? "Active" : "Inactive";
        last.CreateDate = key.record.created;
    }
    put_page(answer, shown_page);
    return answer;
}

Result<Nothing> update_access_key(const Deps& deps, const Call& call,
                                  const api::UpdateAccessKeyRequest& input) {
    const std::string user = TRY(user_meant(call, input.UserName));
    return store::retry_races([&]() -> Result<Nothing> {
        auto stored = TRY(find_key(deps.store, call.account(), user, *input.AccessKeyId));
        stored.record.status =
            *input.Status == "Active" ? model::KeyStatus::Active : model::KeyStatus::Inactive;
        TRY(deps.store.commit({{stored.unchanged()}, {store::put(stored.key, stored.record)}}));
        return Nothing{};
    });
}

Result<Nothing> delete_access_key(const Deps& deps, const Call& call,
                                  const api::DeleteAccessKeyRequest& input) {
    const std::string user = TRY(user_meant(call, input.UserName));
    return store::retry_races([&]() -> Result<Nothing> {
        const auto stored = TRY(find_key(deps.store, call.account(), user, *input.AccessKeyId));
        TRY(deps.store.commit(
            {{stored.unchanged()},
             {store::erase(stored.key),
              store::erase(keys::user_key(call.account(), stored.record.user, stored.record.id))}}));
        return Nothing{};
    });
}

Result<api::GetAccessKeyLastUsedResponse> get_access_key_last_used(
    const Deps& deps, const Call& call, const api::GetAccessKeyLastUsedRequest& input) {
    const auto stored = TRY(store::load<model::AccessKey>(deps.store, keys::access_key(*input.AccessKeyId)));
    if (!stored || stored->record.account != call.account())
        return Error{Fault::not_found,
                     fmt::format("The Access Key with id {} cannot be found.", *input.AccessKeyId),
                     "NoSuchEntity"};
    const auto use = TRY(call.access.last_used().find(*input.AccessKeyId));
    api::GetAccessKeyLastUsedResponse answer;
    answer.UserName = stored->record.user;
    answer.AccessKeyLastUsed.emplace();
    answer.AccessKeyLastUsed->ServiceName = use ? use->service : "N/A";
    answer.AccessKeyLastUsed->Region = use ? use->region : "N/A";
    if (use) answer.AccessKeyLastUsed->LastUsedDate = use->time;
    return answer;
}

Result<void> move_keys(store::Store& store, const std::string& account, const Renaming& user,
                       store::Transaction& change) {
    const auto& [from, to] = user;
    if (from == to) return {};
    for (StoredKey& key : TRY(access_keys_of(store, account, from))) {
        change.guards.push_back(key.unchanged());
        key.record.user = to;
        change.writes.push_back(store::put(key.key, key.record));
        if (lower(from) == lower(to)) continue;
        change.writes.push_back(store::erase(keys::user_key(account, from, key.record.id)));
        change.writes.push_back(store::Write{keys::user_key(account, to, key.record.id), key.record.id});
    }
    return {};
}

namespace {

namespace ops = api::ops;

// A refusal names what it is about, so a key of another account is a key of nobody.
gateway::Resources<ops::GetAccessKeyLastUsed> user_of_key(store::Store& store) {
    return [&store](const Call& call, const api::GetAccessKeyLastUsedRequest& input) {
        const auto key = store::load<model::AccessKey>(store, keys::access_key(*input.AccessKeyId));
        const bool own = key && *key && (*key)->record.account == call.account();
        if (!own || (*key)->record.user.empty()) return below_account(call, "user", "/", "*");
        return user_resource(store, call, (*key)->record.user);
    };
}

}  // namespace

Rows access_key_operations(const Deps& deps) {
    store::Store& store = deps.store;
    return {
        on_tagged_user<ops::CreateAccessKey>(deps, create_access_key),
        on_tagged_user<ops::DeleteAccessKey>(deps, delete_access_key),
        row<ops::GetAccessKeyLastUsed>(deps, user_of_key(store), get_access_key_last_used),
        on_tagged_user<ops::ListAccessKeys>(deps, list_access_keys),
        on_tagged_user<ops::UpdateAccessKey>(deps, update_access_key),
    };
}

}  // namespace countersign::iam
