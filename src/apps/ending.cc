#include "apps/ending.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>

#include "base/descriptor.h"

namespace countersign::apps {

namespace {

// What is written there means nothing.
bool has_ended(int input) {
    char text[4096];
    const ssize_t length = ::read(input, text, sizeof text);
    return length == 0 || (length < 0 && errno != EINTR && errno != EAGAIN);
}

}  // namespace

int wait_for_end(const sigset_t& ending, bool with_input) {
    int signal = 0;
    if (!with_input) {
        ::sigwait(&ending, &signal);
        return signal;
    }
    const Descriptor signals(::signalfd(-1, &ending, SFD_CLOEXEC));
    while (true) {
        pollfd watched[] = {{signals.number(), POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
        if (::poll(watched, 2, -1) < 0) continue;
        signalfd_siginfo said{};
        if (watched[0].revents != 0 && ::read(signals.number(), &said, sizeof said) == sizeof said)
            return static_cast<int>(said.ssi_signo);
        if (watched[1].revents != 0 && has_ended(STDIN_FILENO)) return 0;
    }
}

}  // namespace countersign::apps
