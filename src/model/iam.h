// IAM's nouns as they lie in the store. A record's key is given beside it; names in keys are lower-case,
// because IAM names are unique without regard to case.
#pragma once

#include <boost/describe.hpp>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"

namespace countersign::model {

struct Tag {
    std::string Key;
    std::string Value;
    friend bool operator==(const Tag&, const Tag&) = default;
};
BOOST_DESCRIBE_STRUCT(Tag, (), (Key, Value))

// Key: /iam/user/NAME
struct User {
    std::string name;
    std::string path;
    std::string id;  // AIDA…
    Instant created;
    std::vector<Tag> tags;
    std::map<std::string, std::string> inline_policies;  // name to document
    std::vector<std::string> attached_policies;          // ARNs, in the order of attachment
    std::string permissions_boundary;                    // ARN, empty when there is none
};
BOOST_DESCRIBE_STRUCT(User, (),
                      (name, path, id, created, tags, inline_policies, attached_policies,
                       permissions_boundary))

enum class KeyStatus { Inactive, Active };
BOOST_DESCRIBE_ENUM(KeyStatus, Inactive, Active)

// Key: /iam/key/AKIA…; a second record /iam/user-key/NAME/AKIA… lists a user's keys.
struct AccessKey {
    std::string id;
    std::string user;           // name of its user; empty for the account's root user
    std::string sealed_secret;  // crypto/seal.h, context = the store key
    KeyStatus status = KeyStatus::Inactive;
    Instant created;
};
BOOST_DESCRIBE_STRUCT(AccessKey, (), (id, user, sealed_secret, status, created))

struct PolicyVersion {
    std::string id;  // v1, v2, …
    std::string document;
    Instant created;
};
BOOST_DESCRIBE_STRUCT(PolicyVersion, (), (id, document, created))

// Key: /iam/policy/NAME. A customer-managed policy.
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

}  // namespace countersign::model
