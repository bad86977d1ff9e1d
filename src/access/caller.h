// Who calls: a principal, as policies see it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/iam.h"
#include "policy/policy.h"

namespace countersign::access {

enum class PrincipalType { root, user, assumed_role, federated_user };

// A principal with its compiled policies. Immutable; shared between threads.
struct Principal {
    PrincipalType type = PrincipalType::user;
    std::string arn;
    std::string account;
    std::string id;         // AIDA…, AROA…:session, or the account id of the root user
    std::string user_name;  // empty for anything but a user
    std::string user_path = "/";
    std::vector<model::Tag> tags;
    policy::PolicySet policies;
};

// The condition keys that a principal brings: aws:PrincipalArn, aws:username, aws:PrincipalTag/… and friends.
policy::Context principal_context(const Principal& principal);

// A principal that proved to be one. Only Access::authenticate() makes it.
class Caller {
public:
    const Principal& principal() const { return *principal_; }
    const std::string& access_key_id() const { return access_key_id_; }

private:
    friend class Access;
    Caller(std::shared_ptr<const Principal> principal, std::string access_key_id)
        : principal_(std::move(principal)), access_key_id_(std::move(access_key_id)) {}

    std::shared_ptr<const Principal> principal_;
    std::string access_key_id_;
};

}  // namespace countersign::access
