// Sessions of a role for a machine that has no key of its own: EC2 and ECS assume the role as services and
// hand its credentials out. Safe to call from any thread.
// Source: IAM User Guide, "Using an IAM role to grant permissions to applications running on Amazon EC2
// instances"; STS API Reference, "AssumeRole" (the role's MaxSessionDuration does not bind services).
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/secret.h"
#include "policy/policy.h"
#include "services/sts/service.h"

namespace countersign::sts {

struct TrustedRole;

struct MachineRole {
    std::string service;  // who assumes it: ec2.amazonaws.com or ecs-tasks.amazonaws.com
    std::string account;
    std::string role;          // its name, or its ARN
    std::string session_name;  // i-… of an instance, the id of a task
    policy::Context context;   // condition keys of the session: ec2:SourceInstanceArn, …; lower-case names
};

struct MachineSession {
    std::string role_arn;
    std::string role_id;
    std::string access_key_id;
    Secret secret_access_key;
    std::string session_token;
    Instant issued;
    Instant expires;
};

class MachineSessions {
public:
    // Hears of every session that is begun; called with a lock held, so it must not call back.
    using Begun = std::function<void(const MachineSession&)>;

    MachineSessions(const Deps& deps, MachineRole wanted, Begun begun)
        : deps_(deps), wanted_(std::move(wanted)), begun_(std::move(begun)) {}

    // The same session until an hour before it ends. The role must trust the service each time.
    // Fault::not_found: there is no such role. Fault::denied: its trust policy does not let the service in.
    Result<MachineSession> current(Instant now);

private:
    Result<MachineSession> begin(const TrustedRole& role, Instant now) const;

    const Deps deps_;
    const MachineRole wanted_;
    const Begun begun_;
    Mutex mutex_;
    std::optional<MachineSession> held_ GUARDED_BY(mutex_);
};

}  // namespace countersign::sts
