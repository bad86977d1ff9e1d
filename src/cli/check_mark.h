// How a check of an explanation is shown: ✓ passed or assumed, ✗ failed, · not reached.
#pragma once

#include <string_view>

#include "cli/output.h"

namespace countersign::cli {

inline Shown mark_of(std::string_view outcome) {
    if (outcome == "failed") return painted("✗", Paint::bad);
    return outcome == "notReached" ? painted("·", Paint::faint) : painted("✓", Paint::good);
}

}  // namespace countersign::cli
