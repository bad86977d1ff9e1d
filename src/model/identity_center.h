// IAM Identity Center's nouns as they lie in the store: an instance, the people and groups of its identity
// store, permission sets, and who has them where. Where each lies is in model/keys.h.
// Source: IAM Identity Center API Reference; Identity Store API Reference.
#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/iam.h"

namespace countersign::model {

struct IdentityCenter {
    std::string id;              // ssoins- and 16 hexadecimal digits
    std::string identity_store;  // d- and the last ten of them
    std::string account;         // whose it is
    std::string name;
    Instant created;
    std::vector<Tag> tags;
};
BOOST_DESCRIBE_STRUCT(IdentityCenter, (), (id, identity_store, account, name, created, tags))

struct DirectoryUser {
    std::string id;  // the identity store's ten digits, a dash and a UUID
    std::string user_name;
    std::string display_name;
    std::string attributes;   // all others: a JSON object by the names of the API
    std::string external_id;  // that of who provisions the user; empty: none
    std::string
        enterprise;  // what SCIM's enterprise extension says of the user: a JSON object; empty: nothing
    bool active = true;
    Instant created;
    Instant updated;
    std::int64_t changes = 0;
};
BOOST_DESCRIBE_STRUCT(DirectoryUser, (),
                      (id, user_name, display_name, attributes, external_id, enterprise, active, created,
                       updated, changes))

struct DirectoryGroup {
    std::string id;
    std::string display_name;
    std::string description;
    std::string external_id;
    Instant created;
    Instant updated;
    std::int64_t changes = 0;
};
BOOST_DESCRIBE_STRUCT(DirectoryGroup, (),
                      (id, display_name, description, external_id, created, updated, changes))

struct GroupMembership {
    std::string id;
    std::string group;  // its id
    std::string user;   // its id
    Instant created;
};
BOOST_DESCRIBE_STRUCT(GroupMembership, (), (id, group, user, created))

// What a program that provisions users and groups by SCIM shows. The token itself is kept nowhere.
struct ProvisioningToken {
    std::string id;      // a UUID
    std::string digest;  // SHA-256 of the token
    Instant created;
    Instant expires;
};
BOOST_DESCRIBE_STRUCT(ProvisioningToken, (), (id, digest, created, expires))

// What a person of the identity store signs in with.
struct DirectoryCredential {
    std::string verifier;  // crypto/password.h; empty: there is no password
    bool one_time = false;
    Instant changed;
    std::string sealed_seed;  // of the authenticator app: crypto/seal.h, context = the store key; empty: none
    std::int64_t last_step = 0;  // the newest time step whose digits were used; none is taken twice
    int guesses = 0;             // wrong passwords and codes since guessed_since
    Instant guessed_since;
};
BOOST_DESCRIBE_STRUCT(DirectoryCredential, (),
                      (verifier, one_time, changed, sealed_seed, last_step, guesses, guessed_since))

// A provider of OpenID Connect or of SAML that people of an instance may sign in by: one that is registered
// in the instance's account.
struct SigninMethod {
    std::string name;
    std::string label;          // what the button says
    std::string provider;       // URL of the one of OpenID Connect, no https://; empty: it is one of SAML
    std::string client_id;      // of OpenID Connect; the registration names it too
    std::string sealed_secret;  // crypto/seal.h, context = the store key; empty: the client has none
    std::string claim;          // of the ID token, or attribute of the assertion: the user name here
    std::string scopes;
    Instant created;
    std::string saml_provider;  // name of the one of SAML
};
BOOST_DESCRIBE_STRUCT(SigninMethod, (),
                      (name, label, provider, client_id, sealed_secret, claim, scopes, created,
                       saml_provider))

// What a program may do for a person who signed in and agreed. Its tokens are kept as digests.
struct SsoSession {
    std::string id;
    std::string user;  // its id
    std::string client_id;
    std::string client_name;  // as the program names itself
    Instant begun;
    Instant ends;
    std::string access_digest;
    Instant access_ends;
    std::string refresh_digest;       // empty: it cannot be renewed
    std::string spent_digest;         // of the refresh token before
    Instant standing;                 // of the person, when they signed in
    std::optional<Instant> mfa_time;  // when the person gave a code
    std::string application;          // whose tokens they are, by its id; empty: a program's that registered
    std::vector<std::string> scopes;  // what an application's tokens are good for
};
BOOST_DESCRIBE_STRUCT(SsoSession, (),
                      (id, user, client_id, client_name, begun, ends, access_digest, access_ends,
                       refresh_digest, spent_digest, standing, mfa_time, application, scopes))

// A customer-managed policy, of the account that a permission set is provisioned to.
struct PolicyReference {
    std::string name;
    std::string path;
    friend bool operator==(const PolicyReference&, const PolicyReference&) = default;
};
BOOST_DESCRIBE_STRUCT(PolicyReference, (), (name, path))

struct PermissionSet {
    std::string id;  // ps- and 16 hexadecimal digits
    std::string name;
    std::string description;
    std::int64_t session_seconds = 3600;
    std::string relay_state;
    std::string inline_policy;
    std::vector<std::string> managed_policies;  // ARNs of AWS's
    std::vector<PolicyReference> customer_policies;
    std::string boundary;  // the ARN of one of AWS's
    std::optional<PolicyReference> customer_boundary;
    std::vector<Tag> tags;
    Instant created;
};
BOOST_DESCRIBE_STRUCT(PermissionSet, (),
                      (id, name, description, session_seconds, relay_state, inline_policy, managed_policies,
                       customer_policies, boundary, customer_boundary, tags, created))

enum class AssigneeKind { USER, GROUP };
BOOST_DESCRIBE_ENUM(AssigneeKind, USER, GROUP)

struct AccountAssignment {
    std::string account;
    std::string permission_set;  // its id
    AssigneeKind kind = AssigneeKind::USER;
    std::string assignee;  // the id of the user or group
};
BOOST_DESCRIBE_STRUCT(AccountAssignment, (), (account, permission_set, kind, assignee))

// What became of an assignment, or of provisioning, that somebody asked for.
enum class RequestKind { create_assignment, delete_assignment, provision };
BOOST_DESCRIBE_ENUM(RequestKind, create_assignment, delete_assignment, provision)

struct IdentityRequest {
    std::string id;  // a UUID
    RequestKind kind = RequestKind::provision;
    AccountAssignment about;     // of provisioning the account and the permission set alone
    std::string failure_reason;  // empty: it was done
    Instant created;
};
BOOST_DESCRIBE_STRUCT(IdentityRequest, (), (id, kind, about, failure_reason, created))

}  // namespace countersign::model
