// IAM's nouns as they lie in the store. Where each lies is in model/keys.h. Users, groups and roles carry
// their policies in members of the same names, so that one function serves all three.
#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/arn.h"

namespace countersign::model {

struct Tag {
    std::string Key;
    std::string Value;
    friend bool operator==(const Tag&, const Tag&) = default;
};
BOOST_DESCRIBE_STRUCT(Tag, (), (Key, Value))

using InlinePolicies = std::map<std::string, std::string>;  // name to document
using AttachedPolicies = std::vector<std::string>;          // ARNs, in the order of attachment

// A password for the console; only its verifier is kept.
struct LoginProfile {
    std::string verifier;  // crypto/scram.h
    bool reset_required = false;
    Instant created;
    Instant changed = {};                   // when the password was set
    std::vector<std::string> earlier = {};  // verifiers of earlier passwords, the newest first
};
BOOST_DESCRIBE_STRUCT(LoginProfile, (), (verifier, reset_required, created, changed, earlier))

struct User {
    std::string name;
    std::string path;
    std::string id;  // AIDA…
    Instant created;
    std::vector<Tag> tags;
    InlinePolicies inline_policies;
    AttachedPolicies attached_policies;
    std::string permissions_boundary;  // ARN, empty when there is none
    std::vector<std::string> groups;  // their ids (AGPA…); keys::member() says the same from the group's side
    std::optional<LoginProfile> login_profile;
};
BOOST_DESCRIBE_STRUCT(User, (),
                      (name, path, id, created, tags, inline_policies, attached_policies,
                       permissions_boundary, groups, login_profile))

enum class KeyStatus { Inactive, Active };
BOOST_DESCRIBE_ENUM(KeyStatus, Inactive, Active)

// An access key that does not expire. keys::user_key() lists a user's.
struct AccessKey {
    std::string id;
    std::string account;
    std::string user;           // name of its user; empty for the account's root user
    std::string sealed_secret;  // crypto/seal.h, context = the store key
    KeyStatus status = KeyStatus::Inactive;
    Instant created;
};
BOOST_DESCRIBE_STRUCT(AccessKey, (), (id, account, user, sealed_secret, status, created))

// When an access key or a role was last used, and for what.
struct LastUse {
    Instant time;
    std::string service;
    std::string region;
};
BOOST_DESCRIBE_STRUCT(LastUse, (), (time, service, region))

// A signed GetCallerIdentity request that a session was given for.
struct CallerIdentityClaim {
    std::string account;  // in which
};
BOOST_DESCRIBE_STRUCT(CallerIdentityClaim, (), (account))

struct Group {
    std::string name;
    std::string path;
    std::string id;  // AGPA…
    Instant created;
    InlinePolicies inline_policies;
    AttachedPolicies attached_policies;
};
BOOST_DESCRIBE_STRUCT(Group, (), (name, path, id, created, inline_policies, attached_policies))

struct Role {
    std::string name;
    std::string path;
    std::string id;  // AROA…
    Instant created;
    std::string description;
    std::string trust_policy;                  // whom it names, by unique id: access/unique_ids.h
    std::int64_t max_session_duration = 3600;  // seconds
    std::vector<Tag> tags;
    InlinePolicies inline_policies;
    AttachedPolicies attached_policies;
    std::string permissions_boundary;  // ARN, empty when there is none
    std::string linked_service;        // of a service-linked role: x.amazonaws.com
};
BOOST_DESCRIBE_STRUCT(Role, (),
                      (name, path, id, created, description, trust_policy, max_session_duration, tags,
                       inline_policies, attached_policies, permissions_boundary, linked_service))

// Whose a unique id is: the name of a user, or of a role, in its account. One of the two is empty.
struct NamedPrincipal {
    std::string account;
    std::string user;
    std::string role;
};
BOOST_DESCRIBE_STRUCT(NamedPrincipal, (), (account, user, role))

struct InstanceProfile {
    std::string name;
    std::string path;
    std::string id;  // AIPA…
    Instant created;
    std::string role;  // its name; empty when there is none
    std::vector<Tag> tags;
};
BOOST_DESCRIBE_STRUCT(InstanceProfile, (), (name, path, id, created, role, tags))

struct PolicyVersion {
    std::string id;  // v1, v2, …
    std::string document;
    Instant created;
};
BOOST_DESCRIBE_STRUCT(PolicyVersion, (), (id, document, created))

// A customer-managed policy.
struct ManagedPolicy {
    std::string name;
    std::string path;
    std::string id;  // ANPA…
    std::string description;
    std::string default_version;
    std::vector<PolicyVersion> versions;  // oldest first
    int versions_made = 0;                // the number of the newest version ever made
    Instant created;
    Instant updated;
    std::vector<Tag> tags;
};
BOOST_DESCRIBE_STRUCT(ManagedPolicy, (),
                      (name, path, id, description, default_version, versions, versions_made, created,
                       updated, tags))

// A virtual MFA device: a seed of which an authenticator app makes six digits every 30 seconds (RFC 6238).
struct MfaDevice {
    std::string name;
    std::string path;
    std::string sealed_seed;  // crypto/seal.h, context = the store key
    Instant created;
    std::optional<Instant> enabled;
    std::string user;            // name of the user it is enabled for; empty: the root user, or nobody yet
    std::int64_t last_step = 0;  // the newest time step whose digits were used; none is taken twice
    int guesses = 0;             // wrong codes since guessed_since
    Instant guessed_since;
    std::vector<Tag> tags;
};
BOOST_DESCRIBE_STRUCT(MfaDevice, (),
                      (name, path, sealed_seed, created, enabled, user, last_step, guesses, guessed_since,
                       tags))

// A certificate for TLS with its chain, PEM. Its private key never leaves.
struct ServerCertificate {
    std::string name;
    std::string path;
    std::string id;  // ASCA…
    Instant uploaded;
    std::string certificate;
    std::string chain;       // empty when there is none
    std::string sealed_key;  // crypto/seal.h, context = keys::server_certificate_key()
    Instant expires;
    std::vector<Tag> tags;
};
BOOST_DESCRIBE_STRUCT(ServerCertificate, (),
                      (name, path, id, uploaded, certificate, chain, sealed_key, expires, tags))

// What a user authenticates with where there are no access keys. Records of this kind lie below their user's
// name (keys::ssh_public_keys() and its like) and have these members alike: id, user, status.
struct SshPublicKey {
    std::string id;    // APKA…
    std::string user;  // name of its user
    KeyStatus status = KeyStatus::Inactive;
    Instant uploaded;
    std::string body;  // as it came: crypto/ssh_key.h
};
BOOST_DESCRIBE_STRUCT(SshPublicKey, (), (id, user, status, uploaded, body))

struct SigningCertificate {
    std::string id;    // 32 characters
    std::string user;  // name of its user; empty for the account's root user
    KeyStatus status = KeyStatus::Inactive;
    Instant uploaded;
    std::string body;  // PEM, as it came
};
BOOST_DESCRIBE_STRUCT(SigningCertificate, (), (id, user, status, uploaded, body))

// A user name and a password for one service.
struct ServiceCredential {
    std::string id;    // ACCA…
    std::string user;  // name of its user
    KeyStatus status = KeyStatus::Inactive;
    Instant created;
    std::string service;    // codecommit.amazonaws.com
    std::string user_name;  // USER-at-ACCOUNT, which stays when the user is renamed
    std::string verifier;   // SHA-256 of the password, which is random and 60 characters long
};
BOOST_DESCRIBE_STRUCT(ServiceCredential, (), (id, user, status, created, service, user_name, verifier))

struct OidcProvider {
    std::string url;  // without https://
    std::vector<std::string> client_ids;
    std::vector<std::string> thumbprints;  // SHA-1 of a certificate, 40 hexadecimal digits
    Instant created;
    std::vector<Tag> tags;
};
BOOST_DESCRIBE_STRUCT(OidcProvider, (), (url, client_ids, thumbprints, created, tags))

struct SamlProvider {
    std::string name;
    std::string metadata;
    Instant created;
    std::optional<Instant> valid_until;
    std::vector<Tag> tags;
};
BOOST_DESCRIBE_STRUCT(SamlProvider, (), (name, metadata, created, valid_until, tags))

// A service control policy of this server's own: what nobody in the account can exceed.
struct Guardrail {
    std::string name;
    std::string document;
    Instant updated;
};
BOOST_DESCRIBE_STRUCT(Guardrail, (), (name, document, updated))

struct PasswordPolicy {
    std::int64_t minimum_length = 6;
    bool symbols = false;
    bool numbers = false;
    bool uppercase = false;
    bool lowercase = false;
    bool change_by_users = false;
    std::int64_t age_max = 0;          // days; 0: passwords do not expire
    std::int64_t reuse_prevented = 0;  // how many passwords are remembered
    bool hard_expiry = false;
};
BOOST_DESCRIBE_STRUCT(PasswordPolicy, (),
                      (minimum_length, symbols, numbers, uppercase, lowercase, change_by_users, age_max,
                       reuse_prevented, hard_expiry))

struct Account {
    std::string id;  // 12 digits
    std::string name;
    Instant created;
    std::string alias;
    std::optional<PasswordPolicy> password_policy;
    std::optional<Instant> credential_report = {};  // when one was last asked for
};
BOOST_DESCRIBE_STRUCT(Account, (), (id, name, created, alias, password_policy, credential_report))

inline std::string user_arn(const std::string& account, const User& user) {
    return iam_arn(account, "user" + user.path + user.name);
}
inline std::string group_arn(const std::string& account, const Group& group) {
    return iam_arn(account, "group" + group.path + group.name);
}
inline std::string role_arn(const std::string& account, const Role& role) {
    return iam_arn(account, "role" + role.path + role.name);
}
inline std::string policy_arn(const std::string& account, const ManagedPolicy& policy) {
    return iam_arn(account, "policy" + policy.path + policy.name);
}

}  // namespace countersign::model
