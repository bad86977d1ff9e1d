// What ends a daemon.
#pragma once

#include <signal.h>

namespace countersign::apps {

// The signal of these that came; 0 when standard input ended first, where that is listened to. Whoever holds
// the other end of a pipe there cannot leave this process behind: the kernel closes it with them.
int wait_for_end(const sigset_t& ending, bool with_input);

}  // namespace countersign::apps
