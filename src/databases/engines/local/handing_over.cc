#include "databases/engines/local/handing_over.h"

#include <fmt/format.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "databases/engines/local/proven_socket.h"

namespace countersign::databases::local {

namespace {

constexpr int names_tried_max = 16;
std::atomic<std::uint64_t> carriers = 0;  // a number for each name

Error carrier_failed(std::string_view what) {
    return Error{Fault::unavailable, fmt::format("cannot {}: {}", what, strerror(errno))};
}

// By its name the server knows it; abstract names are anybody's to take.
Result<Descriptor> make_carrier() {
    Descriptor carrier(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    for (int tried = 0; carrier && tried < names_tried_max; ++tried) {
        sockaddr_un name{.sun_family = AF_UNIX, .sun_path = {}};
        const auto written = fmt::format_to_n(name.sun_path + 1, sizeof name.sun_path - 1,
                                              "countersign.door.{}.{}", ::getpid(), ++carriers);
        const std::size_t size = offsetof(sockaddr_un, sun_path) + 1 + written.size;
        if (::bind(carrier.number(), reinterpret_cast<const sockaddr*>(&name),
                   static_cast<socklen_t>(size)) == 0)
            return carrier;
        if (errno != EADDRINUSE) break;
    }
    return carrier_failed("make a socket with a name");
}

Result<void> send_over(const Descriptor& carrier, const Client& client) {
    iovec data{const_cast<sockaddr_storage*>(&client.address), client.address_size};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* const rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    const int number = client.connection.number();
    std::memcpy(CMSG_DATA(rights), &number, sizeof number);
    if (::sendmsg(carrier.number(), &message, MSG_NOSIGNAL | MSG_DONTWAIT) > 0) return {};
    return carrier_failed("hand a connection over");
}

}  // namespace

Result<void> hand_over(const Client& client, const DoorTarget& target) {
    const Descriptor carrier = TRY(make_carrier());
    TRY(connect_proven(carrier, target.home, target.port));
    return send_over(carrier, client);
}

}  // namespace countersign::databases::local
