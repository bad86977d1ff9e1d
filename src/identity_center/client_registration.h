// Programs that ask people to sign in register themselves; nothing is kept of them: what a program said is
// sealed into the client id that it is given. Safe to call from any thread.
// Source: IAM Identity Center OIDC API Reference, "RegisterClient"; RFC 7591, RFC 8252.
#pragma once

#include <boost/describe.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/random.h"
#include "crypto/seal.h"

namespace countersign::identity_center {

struct RegisteredClient {
    std::string name;
    std::vector<std::string> grant_types;    // empty: those of a device
    std::vector<std::string> redirect_uris;  // of a loopback address
    std::string issuer;                      // a start URL; empty: whichever is asked for
    Instant expires;
};
BOOST_DESCRIBE_STRUCT(RegisteredClient, (), (name, grant_types, redirect_uris, issuer, expires))

inline constexpr std::string_view device_grant = "urn:ietf:params:oauth:grant-type:device_code";
inline constexpr std::string_view code_grant = "authorization_code";
inline constexpr std::string_view refresh_grant = "refresh_token";

bool may_use(const RegisteredClient& client, std::string_view grant_type);

// http://127.0.0.1[:PORT]/…, http://[::1]…, http://localhost…: what a program on the person's own machine can
// listen at. RFC 8252, 7.3.
bool is_loopback_uri(std::string_view uri);
// Whether it is one of those that are registered, whatever its port.
bool may_redirect_to(const RegisteredClient& client, std::string_view uri);

inline constexpr auto client_life = std::chrono::days(90);

struct ClientCredentials {
    std::string id;  // all that the program said, sealed
    Secret secret;
};
// Gives the client its end.
ClientCredentials register_client(RegisteredClient client, const crypto::SealingKey& sealing,
                                  crypto::Random& random, Instant now);

// Fault::unauthenticated: altered, or past its end.
Result<RegisteredClient> read_client(const std::string& id, const crypto::SealingKey& sealing, Instant now);
// The same, and another client's secret.
Result<RegisteredClient> authenticate_client(const std::string& id, const std::string& secret,
                                             const crypto::SealingKey& sealing, Instant now);

// What stands for the id where it is kept or compared: short.
std::string client_digest(const std::string& id);

}  // namespace countersign::identity_center
