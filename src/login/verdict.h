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
#include "login/refusal.h"
#include "login/sent_token.h"
#include "policy/policy.h"
#include "sigv4/signing.h"

namespace countersign::login {

// Those that judge() makes, in its order.
std::vector<Check> checks_of_login();

// What the database server knows about a connection. Unknown is never taken for yes.
enum class Transport { unknown, plain, tls };
enum class Membership { unknown, outsider, member };

// One attempt to log in.
struct Attempt {
    Transport transport = Transport::unknown;
    Membership rds_iam = Membership::unknown;
    std::string user;
    std::string source_address;  // of the client; empty over a socket
    SentToken token;             // its text is not kept
    std::string unmade = {};     // why the user, that is not there, could not be made; empty: nobody tried
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
    std::string identifier = {};  // of the cluster or instance, for people; may be empty
};

// Who stands behind an access key. Immutable; shared between threads.
struct Principal {
    std::string arn;
    std::string account;
    policy::PolicySet policies;
    policy::Context context;          // the condition keys that the principal brings
    std::optional<Instant> mfa_time;  // when the session's principal gave an MFA code
    std::string session_name;         // of a role's session; for the audit alone
    std::string source_identity;      // of a session; for the audit alone
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
    RefusalCode code() const { return code_; }             // meaningful when refused
    const std::string& reason() const { return reason_; }  // one sentence; never a part of the token
    const std::string& principal_arn() const {
        return principal_arn_;
    }  // empty until the signature was right
    const std::string& access_key_id() const { return access_key_id_; }  // empty until the token was read
    const std::optional<policy::DecidedBy>& decided_by() const { return decided_by_; }
    const std::string& trail() const { return trail_; }  // of a refusal by policy: policy_trail.h

private:
    friend class Judge;
    bool allowed_ = false;
    Check failed_ = Check::transport;
    RefusalCode code_ = RefusalCode::transport_unknown;
    std::string reason_ = "not judged";
    std::string principal_arn_;
    std::string access_key_id_;
    std::optional<policy::DecidedBy> decided_by_;
    std::string trail_;
};

// Whose key a token claims to be signed with, for the one look-up that judge() needs; nothing if it is no
// token.
struct ClaimedKey {
    std::string access_key_id;
    std::string session_token;  // empty: none
    sigv4::Scope scope;
};
std::optional<ClaimedKey> claimed_key(const SentToken& sent);

// What tells one token from every other, and nothing of the token itself; nothing if it is no token.
struct TokenMark {
    std::string digest;  // hex SHA-256 over its scope and signature
    Instant expires;
};
std::optional<TokenMark> mark_of(const SentToken& sent);

// What is known of the access key that a token claims: its record; nothing when there is no such key; or why
// that cannot be told now. And what the agent has seen of the token.
struct KeyFacts {
    const LoginRecord* record = nullptr;
    std::string unavailable = {};  // a sentence
    bool over_rate = false;        // more new tokens have come in this second than are judged
    bool already_used = false;     // the token is good for one login, and has had it
};

Verdict judge(const Attempt& attempt, const Server& server, const KeyFacts& known, Instant now);

// What one check says, for people (explanation.h): also behind one that refuses, as far as it can be asked
// then. A token that is none has no user, endpoint or time, and policies are those of whoever signed.
struct CheckFinding {
    Check check = Check::transport;
    bool asked = false;
    std::optional<Refusal> refusal = {};  // nothing, of one that was asked: it passed
};
struct Findings {
    std::vector<CheckFinding> checks;  // in judge()'s order; its verdict is the first that refuses
    std::string principal_arn;         // as a Verdict has them
    std::string access_key_id;
};
Findings examine(const Attempt& attempt, const Server& server, const KeyFacts& known, Instant now);

// Whether a session that was let in may go on: those checks of judge() that a change can turn. Of the attempt
// it reads the user and the source address alone; the token, its time and its session's expiry are no matter
// any more.
Verdict judge_again(const Attempt& attempt, const Server& server, const KeyFacts& known, Instant now);

}  // namespace countersign::login
