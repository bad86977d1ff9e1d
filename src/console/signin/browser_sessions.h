// Who sits before a browser: found by a cookie of 256 random bits, of which the server keeps a digest. Kept
// in memory: a restart signs everybody out. Thirty minutes without a request and eight hours are the end.
// Safe to call from any thread.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/secret.h"
#include "crypto/random.h"

namespace countersign::console {

inline constexpr auto idle_max = std::chrono::minutes(30);
inline constexpr auto session_max = std::chrono::hours(8);
inline constexpr auto unfinished_max = std::chrono::minutes(10);

// How far a sign-in has come; what the person has to do next.
enum class Stage { elsewhere, wants_code, wants_password, signed_in };

// A person who was sent to a provider, and what is expected back.
struct Elsewhere {
    std::string identity_store;
    std::string method;  // its name
    std::string to;      // the page that the person wanted
    std::string state;
    std::string nonce;     // of OpenID Connect; of SAML it names the request
    std::string verifier;  // of PKCE
};

struct BrowserSession {
    std::string user;  // its id
    std::string user_name;
    Instant standing;  // of the person when they signed in: identity_center/credentials.h
    Stage stage = Stage::wants_code;
    bool one_time = false;               // the password has to be replaced
    std::optional<Instant> mfa_time;     // when a code was given
    std::optional<Elsewhere> elsewhere;  // of Stage::elsewhere alone
    std::optional<Secret> app_seed;      // of an authenticator app that is being registered
    Instant begun;
    Instant seen;
};

class BrowserSessions {
public:
    explicit BrowserSessions(crypto::Random& random) : random_(random) {}

    // The cookie of a new session.
    std::string begin(BrowserSession session, Instant now);
    // Nothing for a cookie that is none, or none any more.
    std::optional<BrowserSession> find(const std::string& cookie, Instant now);
    // What the session is now, under a cookie that was not there before; the old one is none any more.
    std::string renew(const std::string& cookie, BrowserSession session, Instant now);
    // The session as it is now, under its cookie.
    void put(const std::string& cookie, BrowserSession session);
    void end(const std::string& cookie);

private:
    void forget_old(Instant now) REQUIRES(mutex_);

    crypto::Random& random_;
    Mutex mutex_;
    std::map<std::string, BrowserSession> sessions_ GUARDED_BY(mutex_);  // by SHA-256 of the cookie
};

// How often passwords and codes were wrong from an address: beyond thirty in five minutes none is right.
// Addresses are networks as http/crowd.h counts them.
// Safe to call from any thread.
class AddressBrake {
public:
    bool holds(const std::string& address, Instant now);
    void count(const std::string& address, Instant now);

private:
    struct Counted {
        int wrong = 0;
        Instant since;
    };
    Mutex mutex_;
    std::map<std::string, Counted> counted_ GUARDED_BY(mutex_);
};

}  // namespace countersign::console
