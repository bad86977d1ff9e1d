// The warden's own side: what it does for whom, and for nobody else.
#pragma once

#include "databases/isolation/warden.h"

namespace countersign::databases::isolation {

// Answers requests until the control plane has gone.
[[noreturn]] void keep_watch(const Charge& charge, int socket);

}  // namespace countersign::databases::isolation
