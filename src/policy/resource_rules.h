// What IAM asks of the text of a Resource or NotResource before it stores a policy.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace countersign::policy {

// IAM's message for a resource that it names as wrong; nothing for one that it accepts.
std::optional<std::string> resource_fault(std::string_view resource);

// What IAM refuses without naming it ("legacy parsing"): a service that is missing, an ARN cut short at "::".
bool fails_legacy_parsing(std::string_view resource);

}  // namespace countersign::policy
