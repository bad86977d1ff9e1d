#include "proxy/upstream.h"

#include <fmt/format.h>
#include <netinet/tcp.h>
#include <poll.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace countersign::proxy {

namespace {

struct FreeAddresses {
    void operator()(addrinfo* addresses) const { ::freeaddrinfo(addresses); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Error unreachable(const ServerName& name, std::string_view why) {
    return Error{Fault::unavailable, fmt::format("no connection to {}: {}", name.host, why)};
}

Result<Addresses> addresses_of(const ServerLogin& login) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int failure =
        ::getaddrinfo(login.name.host.c_str(), std::to_string(login.port).c_str(), &hints, &found);
    if (failure != 0) return unreachable(login.name, ::gai_strerror(failure));
    return Addresses(found);
}

Result<Descriptor> connect_to(const ServerAddress& where, const Interrupts& interrupts,
                              const Deadline& deadline) {
    Descriptor socket(::socket(where.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket) return unreachable(where.name, strerror(errno));
    const int on = 1;
    ::setsockopt(socket.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(socket.number(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    const auto* const address = reinterpret_cast<const sockaddr*>(&where.address);
    if (::connect(socket.number(), address, where.length) == 0) return socket;
    if (errno != EINPROGRESS) return unreachable(where.name, strerror(errno));
    TRY(wait_for(socket.number(), POLLOUT, interrupts, deadline));
    int failure = 0;
    socklen_t size = sizeof failure;
    ::getsockopt(socket.number(), SOL_SOCKET, SO_ERROR, &failure, &size);
    if (failure != 0) return unreachable(where.name, strerror(failure));
    return socket;
}

// Exactly one byte is read: whatever came behind it without encryption would be taken for TLS, and fails as
// that.
Result<void> agree_on_tls(int socket, const ServerName& name, const Interrupts& interrupts,
                          const Deadline& deadline) {
    const std::string request = tls_request();
    if (::send(socket, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
        return unreachable(name, strerror(errno));
    TRY(wait_for(socket, POLLIN, interrupts, deadline));
    char answer = 0;
    if (::recv(socket, &answer, 1, 0) != 1) return unreachable(name, "it hung up");
    if (answer == 'S') return {};
    return unreachable(name, "it offers no TLS, and a token is not sent without");
}

}  // namespace

Result<TlsConnection> connect_again(const ServerAddress& address, const Interrupts& interrupts,
                                    const Deadline& deadline) {
    Descriptor socket = TRY(connect_to(address, interrupts, deadline));
    TRY(agree_on_tls(socket.number(), address.name, interrupts, deadline));
    return TlsConnection::open(std::move(socket), address.name, interrupts, deadline);
}

Result<Connected> connect_server(const ServerLogin& login, const Interrupts& interrupts,
                                 const Deadline& deadline) {
    const Addresses addresses = TRY(addresses_of(login));
    Error last = unreachable(login.name, "it has no address");
    for (const addrinfo* one = addresses.get(); one != nullptr; one = one->ai_next) {
        ServerAddress address{login.name, {}, one->ai_addrlen};
        std::memcpy(&address.address, one->ai_addr, one->ai_addrlen);
        auto connection = connect_again(address, interrupts, deadline);
        if (connection) return Connected{std::move(address), *std::move(connection)};
        last = connection.error();
    }
    return last;
}

}  // namespace countersign::proxy
