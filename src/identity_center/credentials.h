// What people of an identity store sign in with: a password, and the codes of an authenticator app where one
// is registered. Guessing is braked for each person: so many wrong answers, and for the rest of five minutes
// none is right. Safe to call from any thread; a check of a password takes a fifth of a second.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/random.h"
#include "crypto/seal.h"
#include "model/identity_center.h"
#include "store/records.h"

namespace countersign::identity_center {

inline constexpr std::size_t password_length_min = 8;
inline constexpr std::size_t password_length_max = 256;

struct CredentialDeps {
    store::Store& store;
    const crypto::SealingKey& sealing;
    crypto::Random& random;
};

struct PasswordMatch {
    std::string user;       // its id
    Instant changed;        // when the password was set: what is proven by it ends when that changes
    bool one_time = false;  // it must be replaced before anything else
    bool wants_code = false;
};

// Fault::denied, one sentence for an unknown name, a wrong password, somebody without one, a person who is
// not active and one who is braked; it takes the same time for all.
Result<PasswordMatch> check_password(const CredentialDeps& deps, const std::string& identity_store,
                                     const std::string& user_name, const Secret& password, Instant now);

// Fault::denied when it is not a fresh code of the app that is registered, or too many were tried.
Result<void> check_code(const CredentialDeps& deps, const std::string& user_id, const std::string& code,
                        Instant now);

// Fault::invalid with the sentence that a person is shown when it is too short, too long, without three of
// four kinds of characters, the user's name, or the one that it replaces.
// `proven` is when the password was set that the person showed; Fault::denied where another one is set by
// now.
Result<void> choose_password(const CredentialDeps& deps, const std::string& user_id, Instant proven,
                             const Secret& password, Instant now);

// A password that is good for one sign-in, in which another has to be chosen. It replaces what there was, and
// takes away the authenticator app where `forget_app` says so.
Result<Secret> reset_password(const CredentialDeps& deps, const std::string& user_id, bool forget_app,
                              Instant now);

// When the person's password was set, the time of no password for somebody without one; nothing for somebody
// who is gone or not active. What a sign-in proved holds as long as this stays the same.
Result<std::optional<Instant>> standing_of(store::Store& store, const std::string& user_id);

// Whether the person has an authenticator app.
Result<bool> has_app(store::Store& store, const std::string& user_id);

// The seed of a new app, 20 bytes, which counts once a code of it was shown.
Secret new_app_seed(crypto::Random& random);
// Fault::denied: the code is not one of this seed. Fault::conflict: there is an app already.
Result<void> register_app(const CredentialDeps& deps, const std::string& user_id, const Secret& seed,
                          const std::string& code, Instant now);

}  // namespace countersign::identity_center
