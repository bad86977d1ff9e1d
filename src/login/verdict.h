// The verdict on one database login: (attempt, server, what is known of the key, now) → allow or deny, with
// the trail of checks. Pure. The agent, the commands, the tests and the benchmarks all call judge(); nothing
// else decides.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "policy/policy.h"
#include "sigv4/signing.h"

namespace countersign::login {

// The checks, in the order in which they are made. The first that fails decides.
enum class Check {
    transport,
    resource,
    token_form,
    token_user,
    token_endpoint,
    token_region,
    token_time,
    key,
    signature,
    role,
    policy,
};

// The stable name that logs, metrics and commands share: "transport", "token.form", …
std::string_view name_of(Check check);

// What the database server knows about a connection. Unknown is never taken for yes.
enum class Transport { unknown, plain, tls };
enum class Membership { unknown, outsider, member };

// One attempt to log in.
struct Attempt {
    Transport transport = Transport::unknown;
    Membership rds_iam = Membership::unknown;
    std::string user;
    std::string source_address;  // of the client; empty over a socket
    std::string_view token;      // as sent for the password; not kept
};

struct Endpoint {
    std::string host;
    std::uint16_t port = 0;
    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

// Which condition keys a login carries: those of AWS's, which know no network, or also where it comes from.
enum class ConnectContext { aws, full };

// The server that is asked to let somebody in.
struct Server {
    std::string resource_id;  // cluster-…, db-…
    std::string region;
    std::string account;
    bool iam_enabled = false;
    std::vector<Endpoint> endpoints;  // names that a token may carry
    std::vector<std::pair<std::string, std::string>> tags;
    ConnectContext context = ConnectContext::aws;
};

// Who stands behind an access key. Immutable; shared between threads.
struct Principal {
    std::string arn;
    std::string account;
    policy::PolicySet policies;
    policy::Context context;          // the condition keys that the principal brings
    std::optional<Instant> mfa_time;  // when the session's principal gave an MFA code
};

// What a database host needs to know of an access key: the key derived for one date and region, never the
// secret.
struct LoginRecord {
    bool active = false;
    sigv4::Scope scope;  // what signing_key is good for
    Secret signing_key;
    std::string session_digest;  // hex SHA-256 of the session token that belongs to the key; empty: none does
    std::optional<Instant> expires;  // of a session
    std::shared_ptr<const Principal> principal;
};

// Denied unless every check passed: the zero value is a refusal.
class Verdict {
public:
    bool allowed() const { return allowed_; }
    Check failed() const { return failed_; }               // meaningful when refused
    const std::string& reason() const { return reason_; }  // one sentence; never a part of the token
    const std::string& principal_arn() const {
        return principal_arn_;
    }  // empty until the signature was right
    const std::string& access_key_id() const { return access_key_id_; }  // empty until the token was read
    const std::optional<policy::DecidedBy>& decided_by() const { return decided_by_; }

private:
    friend class Judge;
    bool allowed_ = false;
    Check failed_ = Check::transport;
    std::string reason_ = "not judged";
    std::string principal_arn_;
    std::string access_key_id_;
    std::optional<policy::DecidedBy> decided_by_;
};

// Whose key a token claims to be signed with, for the one look-up that judge() needs; nothing if it is no
// token.
struct ClaimedKey {
    std::string access_key_id;
    std::string session_token;  // empty: none
    sigv4::Scope scope;
};
std::optional<ClaimedKey> claimed_key(std::string_view token);

// What is known of the access key that a token claims: its record; nothing when there is no such key; or why
// that cannot be told now.
struct Known {
    const LoginRecord* record = nullptr;
    std::string unavailable = {};  // a sentence
};

Verdict judge(const Attempt& attempt, const Server& server, const Known& known, Instant now);

}  // namespace countersign::login
