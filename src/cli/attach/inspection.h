// Looks at one attached server and says what is wrong with it. Changes nothing.
#pragma once

#include "base/clock.h"
#include "cli/attach/registration.h"
#include "cli/attach/state.h"
#include "cli/checklist.h"

namespace countersign::cli {

// Without a registry, what the control plane knows is not asked.
struct Inspection {
    const AttachState& state;
    const Registry* registry = nullptr;
    Instant now;
};

void inspect(const Inspection& inspection, Checklist& list);

}  // namespace countersign::cli
