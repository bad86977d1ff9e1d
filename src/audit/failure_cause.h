// Which of AWS's four causes a refused login counts as, from the check that refused: the one table behind the
// IamDbAuthConnectionFailure… figures and the iam-db-auth-error log. Nothing for a refusal that on AWS never
// reaches IAM authentication: pg_hba.conf sends such a connection away or asks for a password. Source: Aurora
// User Guide, "Troubleshooting IAM database authentication".
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace countersign::audit {

enum class FailureCause { invalid_token, insufficient_permissions, throttling, server_error };

struct CheckCause {
    std::string_view check;
    std::optional<FailureCause> cause;
};

inline constexpr std::array check_causes{
    CheckCause{"transport", std::nullopt},   // hostnossl … reject
    CheckCause{"resource", std::nullopt},    // IAM authentication is off: a password is asked for
    CheckCause{"role", std::nullopt},        // no member of rds_iam: a password is asked for
    CheckCause{"postgresql", std::nullopt},  // refused by PostgreSQL itself
    CheckCause{"network", std::nullopt},     // no connection, on AWS
    CheckCause{"token.form", FailureCause::invalid_token},
    CheckCause{"token.user", FailureCause::invalid_token},
    CheckCause{"token.endpoint", FailureCause::invalid_token},
    CheckCause{"token.region", FailureCause::invalid_token},
    CheckCause{"token.time", FailureCause::invalid_token},
    CheckCause{"token.replay", FailureCause::invalid_token},
    CheckCause{"key", FailureCause::invalid_token},
    CheckCause{"signature", FailureCause::invalid_token},
    CheckCause{"policy", FailureCause::insufficient_permissions},
    CheckCause{"throttle", FailureCause::throttling},
    CheckCause{"agent", FailureCause::server_error},
    CheckCause{"preload", FailureCause::server_error},
};

// A check that the table does not know is the server's own trouble.
constexpr std::optional<FailureCause> failure_cause(std::string_view check) {
    const auto* found = std::ranges::find(check_causes, check, &CheckCause::check);
    return found == check_causes.end() ? FailureCause::server_error : found->cause;
}

}  // namespace countersign::audit
