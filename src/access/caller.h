// Who calls: a principal, as policies see it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "access/session.h"
#include "model/iam.h"
#include "policy/policy.h"

namespace countersign::access {

enum class PrincipalType { anonymous, root, user, group, role, assumed_role, federated_user };

// A principal with its compiled policies. Immutable; shared between threads. The zero value may do nothing.
struct Principal {
    PrincipalType type = PrincipalType::anonymous;
    std::string arn;
    std::string account;
    std::string id;         // AIDA…, AROA…:session, ACCOUNT:name, or the account id of the root user
    std::string user_name;  // empty for anything but a user and its sessions
    std::vector<model::Tag> tags;
    policy::PolicySet policies;
    policy::Context context;  // the condition keys that it brings: aws:PrincipalArn, aws:userid, …
    std::shared_ptr<const Session> session = {};  // of temporary credentials
};

// The condition keys that a principal brings at this time.
policy::Context principal_context(const Principal& principal, Instant now);

// A principal that proved to be one, or the anonymous one. Only Access makes it.
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
