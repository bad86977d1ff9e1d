// Credentials of the role that a permission set has in an account, for a person who has it. Used by the
// portal for programs, and by the pages for people. Safe to call from any thread.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "identity_center/sessions.h"
#include "policy/policy.h"
#include "store/store.h"

namespace countersign::sso {

struct RoleSessionWanted {
    std::string account;
    std::string role;          // its name
    std::string session_name;  // of the person
    std::optional<Instant> mfa_time;
    policy::Context context;
    std::chrono::seconds duration;
};

struct RoleCredentials {
    std::string access_key_id;
    Secret secret_access_key;
    std::string session_token;
    Instant expires;
};

// Issues credentials of a role that is Identity Center's (of the security token service).
using BeginRoleSession = std::function<Result<RoleCredentials>(const RoleSessionWanted&, Instant now)>;

// Fault::denied where the person does not have that permission set in that account, whether or not there is
// such a one.
Result<RoleCredentials> role_credentials(store::Store& store, const BeginRoleSession& begin,
                                         const identity_center::Person& person, const std::string& account,
                                         const std::string& permission_set, Instant now);

// What a person has: by account, the names of permission sets.
struct AccountRoles {
    std::string account;
    std::string account_name;
    std::vector<std::string> roles;
};
Result<std::vector<AccountRoles>> account_roles(store::Store& store, const std::string& user_id);

}  // namespace countersign::sso
