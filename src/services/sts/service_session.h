// Sessions of roles that a service of this server takes on where its caller named one: the role must trust
// the service each time. Safe to call from any thread.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "services/sts/machine_role.h"
#include "services/sts/service.h"

namespace countersign::sts {

struct ServiceRole {
    std::string service;  // cloudformation.amazonaws.com
    std::string account;  // in which the role must be
    std::string role_arn;
    std::string session_name;
};

// Fault::denied: there is no such role in the account that trusts the service.
Result<MachineSession> begin_service_session(const Deps& deps, const ServiceRole& wanted, Instant now);

}  // namespace countersign::sts
