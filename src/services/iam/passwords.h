// Passwords of users: what the account's password policy asks of them, and the verifiers that are kept.
// Source: IAM User Guide, "Set an account password policy for IAM users".
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/random.h"
#include "model/iam.h"

namespace countersign::iam {

// PasswordPolicyViolation when the password breaks the policy; without one, AWS's default holds.
Result<void> check_password(const std::optional<model::PasswordPolicy>& policy, const Secret& password,
                            const std::string& user);

bool is_password(const model::LoginProfile& profile, const Secret& password);

// Puts the password in the place of the present one, which is remembered as the policy wants it.
// PasswordPolicyViolation when it is one of those that are remembered.
Result<void> set_password(model::LoginProfile& profile, const std::optional<model::PasswordPolicy>& policy,
                          const Secret& password, crypto::Random& random);

// When the password ends by the policy's greatest age; nothing when it does not.
std::optional<Instant> password_expiry(const model::LoginProfile& profile,
                                       const std::optional<model::PasswordPolicy>& policy);

}  // namespace countersign::iam
