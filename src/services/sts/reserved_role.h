// Sessions of roles that IAM Identity Center keeps: of a person who was assigned one, which is for the caller
// to know. Safe to call from any thread.
// Source: IAM Identity Center User Guide, "Set session duration for AWS accounts".
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "policy/policy.h"
#include "services/sts/machine_role.h"
#include "services/sts/service.h"

namespace countersign::sts {

struct ReservedRole {
    std::string path;     // that such roles have
    std::string service;  // which each of them trusts: sso.amazonaws.com
    std::string account;
    std::string name;
    std::string session_name;
    std::optional<Instant> mfa_time;
    policy::Context context;  // condition keys of the session; lower-case names
    std::chrono::seconds duration;
};

// Fault::denied: there is no such role below that path that trusts the service.
Result<MachineSession> begin_reserved_session(const Deps& deps, const ReservedRole& wanted, Instant now);

}  // namespace countersign::sts
