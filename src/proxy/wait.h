// Waiting for a socket, and for what ends the wait before.
#pragma once

#include <chrono>
#include <optional>

#include "base/deadline.h"
#include "base/result.h"

namespace countersign::proxy {

// Descriptors that end a wait for another; -1: none.
struct Interrupts {
    int stopping = -1;  // readable: the proxy ends
    int client = -1;    // a client that hangs up needs no answer any more
};

// Until the events of poll(2) are there. Fault::unavailable: it took too long, or was interrupted.
Result<void> wait_for(int descriptor, short events, const Interrupts& interrupts,
                      const std::optional<Deadline>& deadline);

}  // namespace countersign::proxy
