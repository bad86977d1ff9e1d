// What one request may have. Source: IAM Identity Center SCIM Implementation Developer Guide, "ListUsers",
// "PatchGroup"; the body's is our own.
#pragma once

#include <cstddef>

namespace countersign::scim::limits {

inline constexpr std::size_t results_max = 100;
inline constexpr std::size_t membership_changes_max = 100;
inline constexpr std::size_t operations_max = 100;  // of a PATCH
inline constexpr std::size_t body_bytes_max = 256UL * 1024;

}  // namespace countersign::scim::limits
