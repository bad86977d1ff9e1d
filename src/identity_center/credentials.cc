#include "identity_center/credentials.h"

#include <cctype>

#include "base/text.h"
#include "crypto/password.h"
#include "crypto/totp.h"
#include "identity_center/directory.h"
#include "model/identity_center_keys.h"

namespace countersign::identity_center {

namespace keys = model::keys;

namespace {

using Credential = store::Stored<model::DirectoryCredential>;

constexpr int guesses_max = 50;
constexpr auto one_time_life = std::chrono::days(7);
constexpr auto guessing_time = std::chrono::minutes(5);
constexpr std::size_t seed_bytes = 20;

Error not_signed_in() {
    return Error{Fault::denied, "The user name or password is not correct."};
}
Error wrong_code() {
    return Error{Fault::denied, "The code is not correct. Wait for the next one, and try it."};
}

Result<Credential> load_credential(store::Store& store, const std::string& user_id) {
    const std::string key = keys::directory_credential(identity_store_of(user_id), user_id);
    auto stored = TRY(store::load<model::DirectoryCredential>(store, key));
    if (stored) return *std::move(stored);
    return Credential{{}, key, 0};
}

Result<void> save(store::Store& store, const Credential& credential) {
    TRY(store.commit({{credential.unchanged()}, {store::put(credential.key, credential.record)}}));
    return {};
}

bool is_braked(model::DirectoryCredential& credential, Instant now) {
    if (now - credential.guessed_since >= guessing_time) credential.guesses = 0;
    return credential.guesses >= guesses_max;
}

void count_guess(model::DirectoryCredential& credential, bool right, Instant now) {
    if (credential.guesses == 0) credential.guessed_since = now;
    credential.guesses = right ? 0 : credential.guesses + 1;
}

// A guess counts before it is known to be wrong, so that many at once are as many guesses.
Result<Credential> begin_guess(store::Store& store, const std::string& user_id, Instant now) {
    return store::retry_races([&]() -> Result<Credential> {
        Credential credential = TRY(load_credential(store, user_id));
        if (is_braked(credential.record, now)) return not_signed_in();
        count_guess(credential.record, false, now);
        TRY(save(store, credential));
        return credential;
    });
}

template <class Change>
Result<void> change(store::Store& store, const std::string& user_id, Change apply) {
    return store::retry_races([&]() -> Result<void> {
        Credential credential = TRY(load_credential(store, user_id));
        TRY(apply(credential));
        return save(store, credential);
    });
}

Result<void> check_strength(std::string_view password, const std::string& user_name) {
    constexpr int kinds_min = 3;
    bool small = false, great = false, digit = false, other = false;
    for (const char c : password) {
        const auto byte = static_cast<unsigned char>(c);
        small |= std::islower(byte) != 0;
        great |= std::isupper(byte) != 0;
        digit |= std::isdigit(byte) != 0;
        other |= std::isalnum(byte) == 0;
    }
    if (password.size() < password_length_min || password.size() > password_length_max)
        return Error{Fault::invalid, "Choose a password of 8 to 256 characters."};
    if (small + great + digit + other < kinds_min)
        return Error{
            Fault::invalid,
            "Choose a password with three of: small letters, capital letters, digits, other characters."};
    if (lower(password) == lower(user_name))
        return Error{Fault::invalid, "Choose a password that is not the user name."};
    return {};
}

}  // namespace

Result<PasswordMatch> check_password(const CredentialDeps& deps, const std::string& identity_store,
                                     const std::string& user_name, const Secret& password, Instant now) {
    const auto user = TRY(find_user_by_name(deps.store, identity_store, user_name));
    Credential credential;
    if (user) {
        auto begun = begin_guess(deps.store, user->record.id, now);
        if (begun) credential = *std::move(begun);
    }
    const bool right = crypto::is_password(credential.record.verifier, password);
    const bool is_old = credential.record.one_time && now - credential.record.changed >= one_time_life;
    if (!user || !right || is_old || !user->record.active) return not_signed_in();
    const auto forgive = [&](Credential& kept) -> Result<void> {
        if (kept.record.verifier != credential.record.verifier) return not_signed_in();
        // With an app, a right code alone ends the counting: else each password would give new guesses at
        // codes.
        if (kept.record.sealed_seed.empty()) count_guess(kept.record, true, now);
        return {};
    };
    TRY(change(deps.store, user->record.id, forgive));
    return PasswordMatch{user->record.id, credential.record.changed, credential.record.one_time,
                         !credential.record.sealed_seed.empty()};
}

Result<void> check_code(const CredentialDeps& deps, const std::string& user_id, const std::string& code,
                        Instant now) {
    bool right = false;
    const auto check = [&](Credential& credential) -> Result<void> {
        model::DirectoryCredential& record = credential.record;
        if (record.sealed_seed.empty() || is_braked(record, now)) return wrong_code();
        const Secret seed = TRY(deps.sealing.open(record.sealed_seed, credential.key));
        const auto step = crypto::matching_totp_step(seed, code, now);
        right = step && static_cast<std::int64_t>(*step) > record.last_step;
        if (right) record.last_step = static_cast<std::int64_t>(*step);
        count_guess(record, right, now);
        return {};
    };
    TRY(change(deps.store, user_id, check));
    if (!right) return wrong_code();
    return {};
}

Result<void> choose_password(const CredentialDeps& deps, const std::string& user_id, Instant proven,
                             const Secret& password, Instant now) {
    const auto user = TRY(find_user(deps.store, identity_store_of(user_id), user_id));
    if (!user) return not_signed_in();
    TRY(check_strength(password.reveal(), user->record.user_name));
    const Credential before = TRY(load_credential(deps.store, user_id));
    const Error changed{Fault::denied, "The password was changed meanwhile. Sign in again."};
    if (before.record.changed != proven) return changed;
    if (crypto::is_password(before.record.verifier, password))
        return Error{Fault::invalid, "Choose a password that is not the one that it replaces."};
    const std::string verifier = crypto::password_verifier(password, deps.random);
    return change(deps.store, user_id, [&](Credential& credential) -> Result<void> {
        if (credential.record.changed != proven || credential.record.verifier != before.record.verifier)
            return changed;
        credential.record.verifier = verifier;
        credential.record.one_time = false;
        credential.record.changed = now;
        return {};
    });
}

Result<std::optional<Instant>> standing_of(store::Store& store, const std::string& user_id) {
    const auto user = TRY(find_user(store, identity_store_of(user_id), user_id));
    if (!user || !user->record.active) return std::optional<Instant>();
    const Credential credential = TRY(load_credential(store, user_id));
    return std::optional(credential.record.changed);
}

Result<Secret> reset_password(const CredentialDeps& deps, const std::string& user_id, bool forget_app,
                              Instant now) {
    constexpr std::string_view alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
    constexpr std::size_t length = 20;
    Secret password(crypto::random_text(deps.random, alphabet, length));
    const std::string verifier = crypto::password_verifier(password, deps.random);
    const auto reset = [&](Credential& credential) -> Result<void> {
        model::DirectoryCredential& record = credential.record;
        record.verifier = verifier;
        record.one_time = true;
        record.changed = now;
        record.guesses = 0;
        if (forget_app) record.sealed_seed.clear();
        return {};
    };
    TRY(change(deps.store, user_id, reset));
    return password;
}

Result<bool> has_app(store::Store& store, const std::string& user_id) {
    const Credential credential = TRY(load_credential(store, user_id));
    return !credential.record.sealed_seed.empty();
}

Secret new_app_seed(crypto::Random& random) {
    return Secret(random.bytes(seed_bytes));
}

Result<void> register_app(const CredentialDeps& deps, const std::string& user_id, const Secret& seed,
                          const std::string& code, Instant now) {
    const auto step = crypto::matching_totp_step(seed, code, now);
    if (!step) return wrong_code();
    return change(deps.store, user_id, [&](Credential& credential) -> Result<void> {
        if (!credential.record.sealed_seed.empty())
            return Error{Fault::conflict, "There is an authenticator app already."};
        credential.record.sealed_seed = deps.sealing.seal(seed, credential.key, deps.random);
        credential.record.last_step = static_cast<std::int64_t>(*step);
        return {};
    });
}

}  // namespace countersign::identity_center
