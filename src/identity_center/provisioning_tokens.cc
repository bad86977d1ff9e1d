#include "identity_center/provisioning_tokens.h"

#include <array>
#include <string_view>

#include "crypto/digest.h"
#include "formats/encoding.h"
#include "model/identity_center_keys.h"

namespace countersign::identity_center {

namespace keys = model::keys;

namespace {

using Token = store::Stored<model::ProvisioningToken>;

// Where they lie, so that there cannot be a third.
constexpr std::array<std::string_view, 2> places = {"1", "2"};
constexpr auto life = std::chrono::days(365);
constexpr std::size_t secret_bytes = 32;

// A place that is free, or whose token expired; as it is now.
Result<store::Guard> free_place(store::Store& store, const std::string& identity_store, Instant now) {
    for (const std::string_view place : places) {
        const std::string key = keys::provisioning_token(identity_store, place);
        const auto present = TRY(store::load<model::ProvisioningToken>(store, key));
        if (!present) return store::absent(key);
        if (present->record.expires <= now) return present->unchanged();
    }
    return Error{Fault::conflict, "The directory has two provisioning tokens already; delete one first."};
}

}  // namespace

Result<NewProvisioningToken> create_provisioning_token(store::Store& store, crypto::Random& random,
                                                       const std::string& identity_store, Instant now) {
    NewProvisioningToken made;
    made.record.id = crypto::random_uuid(random);
    made.token = Secret(made.record.id + '.' + formats::hex(random.bytes(secret_bytes)));
    made.record.digest = crypto::sha256_hex(made.token.reveal());
    made.record.created = now;
    made.record.expires = now + life;
    const auto put = [&]() -> Result<void> {
        const store::Guard place = TRY(free_place(store, identity_store, now));
        TRY(store.commit({{place}, {store::put(place.key, made.record)}}));
        return {};
    };
    TRY(store::retry_races(put));
    return made;
}

Result<std::vector<model::ProvisioningToken>> provisioning_tokens(store::Store& store,
                                                                  const std::string& identity_store) {
    auto stored =
        TRY(store::load_all<model::ProvisioningToken>(store, keys::provisioning_tokens(identity_store)));
    std::vector<model::ProvisioningToken> tokens;
    tokens.reserve(stored.size());
    for (Token& one : stored) tokens.push_back(std::move(one.record));
    return tokens;
}

Result<void> delete_provisioning_token(store::Store& store, const std::string& identity_store,
                                       const std::string& id) {
    const auto stored =
        TRY(store::load_all<model::ProvisioningToken>(store, keys::provisioning_tokens(identity_store)));
    for (const Token& one : stored) {
        if (one.record.id != id) continue;
        TRY(store.commit({{one.unchanged()}, {store::erase(one.key)}}));
        return {};
    }
    return Error{Fault::not_found, "The directory has no provisioning token of this id."};
}

Result<model::ProvisioningToken> find_provisioning_token(store::Store& store,
                                                         const std::string& identity_store,
                                                         const std::string& token, Instant now) {
    auto tokens = TRY(provisioning_tokens(store, identity_store));
    const std::string digest = crypto::sha256_hex(token);
    for (model::ProvisioningToken& one : tokens)
        if (crypto::same_secret(one.digest, digest) && now < one.expires) return std::move(one);
    return Error{Fault::unauthenticated, "The bearer token is not valid."};
}

}  // namespace countersign::identity_center
