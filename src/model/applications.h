// Applications of IAM Identity Center as they lie in the store: programs that get tokens for people, proven
// by an identity of IAM, and the token issuers elsewhere that an instance trusts. Where each lies is in
// model/keys.h. Source: IAM Identity Center API Reference, "CreateApplication", "PutApplicationGrant",
// "CreateTrustedTokenIssuer".
#pragma once

#include <boost/describe.hpp>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/iam.h"
#include "model/identity_center.h"

namespace countersign::model {

// Whose tokens an application may exchange, and for whom these must have been made.
struct AuthorizedIssuer {
    std::string issuer;  // the ARN of a trusted token issuer
    std::vector<std::string> audiences;
};
BOOST_DESCRIBE_STRUCT(AuthorizedIssuer, (), (issuer, audiences))

struct AccessScope {
    std::string scope;
    std::vector<std::string> targets;  // ARNs of applications and of the instance
};
BOOST_DESCRIBE_STRUCT(AccessScope, (), (scope, targets))

struct Application {
    std::string id;  // apl- and 16 hexadecimal digits
    std::string name;
    std::string description;
    std::string created_from;  // a region
    Instant created;
    bool enabled = true;
    bool visible = true;  // in the access portal
    std::string origin;   // where a person begins: IDENTITY_CENTER or APPLICATION; empty: not said
    std::string url;      // of the application
    bool assignment_required = true;
    bool background_sessions = true;
    std::vector<std::string> grant_types;         // in the words of OAuth
    std::vector<std::string> redirect_uris;       // of authorization_code
    std::vector<AuthorizedIssuer> token_issuers;  // of jwt-bearer
    std::string actor_policy;  // who in IAM is the application: a resource policy; empty: nobody
    std::vector<AccessScope> scopes;
    std::vector<Tag> tags;
};
BOOST_DESCRIBE_STRUCT(Application, (),
                      (id, name, description, created_from, created, enabled, visible, origin, url,
                       assignment_required, background_sessions, grant_types, redirect_uris, token_issuers,
                       actor_policy, scopes, tags))

struct ApplicationAssignment {
    std::string application;  // its id
    AssigneeKind kind = AssigneeKind::USER;
    std::string assignee;  // the id of the user or group
};
BOOST_DESCRIBE_STRUCT(ApplicationAssignment, (), (application, kind, assignee))

struct TrustedTokenIssuer {
    std::string id;  // tti- and a UUID
    std::string name;
    std::string url;        // with https://, equal to the issuer of its tokens
    std::string claim;      // of its tokens, by which a person is found
    std::string attribute;  // of the person: userName, emails.value or externalIds.id
    Instant created;
    std::vector<Tag> tags;
};
BOOST_DESCRIBE_STRUCT(TrustedTokenIssuer, (), (id, name, url, claim, attribute, created, tags))

}  // namespace countersign::model
