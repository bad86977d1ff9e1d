// Temporary credentials: everything that a session is, sealed into its own token. Issuing one writes nothing;
// whoever holds the sealing key can read it again. Values; safe to use from any thread.
// Source: IAM User Guide, "Temporary security credentials in IAM".
#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/random.h"
#include "crypto/seal.h"
#include "model/iam.h"

namespace countersign::access {

// On whose behalf a session acts: a role (AssumeRole…), a federated user (GetFederationToken), or the user or
// root user itself (GetSessionToken).
enum class SessionKind { none, role, federated_user, user, root };
BOOST_DESCRIBE_ENUM(SessionKind, none, role, federated_user, user, root)

struct Session {
    SessionKind kind = SessionKind::none;
    std::string access_key_id;  // ASIA…
    std::string account;
    std::string principal;     // name of the role or user; empty for the root user
    std::string principal_id;  // AROA… or AIDA…; what has another id by now is somebody else
    std::string name;          // of the role session or of the federated user
    Instant issued;
    Instant expires;
    std::string policy;                        // the inline session policy; empty: none
    std::vector<std::string> policy_arns;      // managed session policies
    std::vector<std::string> policy_ids;       // theirs (ANPA…), in that order; none in sessions of old
    std::vector<model::Tag> tags;              // session tags; they hide the principal's own of the same key
    std::vector<std::string> transitive_tags;  // keys of tags that go on to the next role
    std::string source_identity;
    std::string federated_provider;                           // ARN or issuer of who vouched for the caller
    std::optional<Instant> mfa_time;                          // when an MFA code was given
    std::map<std::string, std::vector<std::string>> context;  // further condition keys, lower-case
};
BOOST_DESCRIBE_STRUCT(Session, (),
                      (kind, access_key_id, account, principal, principal_id, name, issued, expires, policy,
                       policy_arns, policy_ids, tags, transitive_tags, source_identity, federated_provider,
                       mfa_time, context))

struct SealedSession {
    Secret secret_access_key;
    std::string session_token;
};

// Makes the secret of a session and seals both into its token.
SealedSession seal_session(const Session& session, const crypto::SealingKey& sealing, crypto::Random& random);

struct OpenedSession {
    Session session;
    Secret secret_access_key;
};

// Fault::denied when the token was altered, cut, made elsewhere or for another access key. Says nothing about
// expiry: `session.expires` does.
Result<OpenedSession> open_session(std::string_view session_token, std::string_view access_key_id,
                                   const crypto::SealingKey& sealing);

}  // namespace countersign::access
