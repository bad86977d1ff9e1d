// Looks at one attached server and says what is wrong with it. Changes nothing.
#pragma once

#include "attach/checklist.h"
#include "attach/registration.h"
#include "attach/state.h"
#include "base/clock.h"

namespace countersign::attach {

// Without a registry, what the control plane knows is not asked.
struct Inspection {
    const AttachState& state;
    const Registry* registry = nullptr;
    Instant now;
};

void inspect(const Inspection& inspection, Checklist& list);

}  // namespace countersign::attach
