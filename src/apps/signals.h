// The signals that end a daemon.
#pragma once

#include <signal.h>

namespace countersign::apps {

// SIGTERM and SIGINT, to be waited for by the main thread and blocked in every other; SIGPIPE and SIGHUP are
// ignored. Call before any thread is made.
inline sigset_t block_ending_signals() {
    sigset_t ending;
    ::sigemptyset(&ending);
    ::sigaddset(&ending, SIGTERM);
    ::sigaddset(&ending, SIGINT);
    ::pthread_sigmask(SIG_BLOCK, &ending, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    ::signal(SIGHUP, SIG_IGN);
    return ending;
}

}  // namespace countersign::apps
