#include "proxy/wait.h"

#include <poll.h>

#include <array>
#include <cerrno>

namespace countersign::proxy {

Result<void> wait_for(int descriptor, short events, const Interrupts& interrupts,
                      const std::optional<Deadline>& deadline) {
    std::array<pollfd, 3> watched{
        {{descriptor, events, 0}, {interrupts.stopping, POLLIN, 0}, {interrupts.client, POLLRDHUP, 0}}};
    while (true) {
        const int patience = deadline ? static_cast<int>(deadline->left().count()) : -1;
        const int found = ::poll(watched.data(), watched.size(), patience);
        if (found < 0 && errno == EINTR) continue;
        if (found == 0) return Error{Fault::unavailable, "it did not answer in time"};
        if (watched[1].revents != 0) return Error{Fault::unavailable, "the proxy is being stopped"};
        if (watched[2].revents != 0) return Error{Fault::unavailable, "the client is gone"};
        return {};
    }
}

}  // namespace countersign::proxy
