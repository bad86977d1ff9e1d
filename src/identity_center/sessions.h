// What programs hold for a person who signed in and agreed: an access token, and a refresh token where they
// asked for one. The store has their digests. A session ends by itself, when its person is deleted or made
// inactive, when the password is replaced, and when it is ended. Safe to call from any thread.
// Source: IAM Identity Center OIDC API Reference, "CreateToken".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/random.h"
#include "model/identity_center.h"
#include "store/records.h"

namespace countersign::identity_center {

// Who agreed, as a sign-in in a browser proved it.
struct Person {
    std::string user;                   // its id
    Instant standing;                   // standing_of() when they signed in
    std::optional<Instant> mfa_time;    // when a code was given
    std::optional<Instant> until = {};  // no session lasts longer: the end of the one that it comes from
};

struct Client {
    std::string id;
    std::string name;
    bool renewable = false;
    std::string application = {};          // its id; empty: a program that registered
    std::vector<std::string> scopes = {};  // of an application: what its tokens are good for
};

struct IssuedTokens {
    Secret access;
    std::optional<Secret> refresh;
    Instant access_ends;
    model::SsoSession session;
};

// Fault::unauthenticated where the person's standing is another by now.
Result<IssuedTokens> begin_session(store::Store& store, crypto::Random& random, const Person& person,
                                   const Client& client, Instant now);

// Fault::unauthenticated for every token that is none, or none any more.
Result<store::Stored<model::SsoSession>> find_session(store::Store& store, const std::string& access_token,
                                                      Instant now);

// Whether its tokens open the access portal: a program's do; an application's where both have that scope, as
// long as the person may use the application.
Result<bool> opens_portal(store::Store& store, const model::SsoSession& session);

struct Renewal {
    std::string refresh_token;
    std::string client_id;
    std::optional<std::vector<std::string>> scopes =
        {};  // fewer than before, from now on; nothing: as before
};

// New tokens for a refresh token of this client, which is good once: one that is shown again was taken by
// somebody, and ends the session. Fault::unauthenticated as above; Fault::invalid: a scope that the session
// does not have. Source: RFC 9700, 4.14.2; RFC 6749, 6.
Result<IssuedTokens> renew_session(store::Store& store, crypto::Random& random, const Renewal& wanted,
                                   Instant now);

Result<void> end_session(store::Store& store, const store::Stored<model::SsoSession>& session);

}  // namespace countersign::identity_center
