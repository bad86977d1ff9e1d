// ISO 8601 durations, as SessionDuration has them: PT1H, PT8H30M. Pure. Source: IAM Identity Center API
// Reference, "PermissionSet".
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace countersign::sso_admin {

// Nothing for what is none, or none of days, hours, minutes and seconds.
std::optional<std::chrono::seconds> read_duration(std::string_view text);
// PT1H, PT30M, PT8H30M.
std::string duration_text(std::chrono::seconds duration);

}  // namespace countersign::sso_admin
