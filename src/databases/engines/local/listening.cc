#include "databases/engines/local/listening.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace countersign::databases::local {

namespace {

Error cannot_listen(std::uint16_t port, const char* why) {
    return Error{Fault::unavailable, fmt::format("cannot listen at port {}: {}", port, why)};
}

// Adds to the sockets, unless this machine lacks the address. 0, or what went wrong.
int listen_there(const sockaddr& address, socklen_t length, std::vector<Descriptor>& sockets) {
    Descriptor socket(::socket(address.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) return errno == EAFNOSUPPORT ? 0 : errno;
    const int on = 1;
    ::setsockopt(socket.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address.sa_family == AF_INET6)
        ::setsockopt(socket.number(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (::bind(socket.number(), &address, length) != 0)
        return errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT ? 0 : errno;
    if (::listen(socket.number(), SOMAXCONN) != 0) return errno;
    sockets.push_back(std::move(socket));
    return 0;
}

template <class Address>
int listen_there(const Address& address, std::vector<Descriptor>& sockets) {
    return listen_there(reinterpret_cast<const sockaddr&>(address), sizeof address, sockets);
}

Result<std::vector<Descriptor>> listening(std::vector<Descriptor> sockets, int failure, std::uint16_t port) {
    if (failure == 0 && sockets.empty()) failure = EADDRNOTAVAIL;
    if (failure != 0) return cannot_listen(port, strerror(failure));
    return sockets;
}

}  // namespace

Result<std::vector<Descriptor>> listen_at(Reach reach, std::uint16_t port) {
    const bool loopback = reach == Reach::loopback;
    sockaddr_in four{};
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    four.sin_addr.s_addr = htonl(loopback ? INADDR_LOOPBACK : INADDR_ANY);
    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    six.sin6_addr = loopback ? in6addr_loopback : in6addr_any;
    std::vector<Descriptor> sockets;
    int failure = listen_there(four, sockets);
    if (failure == 0) failure = listen_there(six, sockets);
    return listening(std::move(sockets), failure, port);
}

Result<std::vector<Descriptor>> listen_at_host(const std::string& host, std::uint16_t port) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const int unknown = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found);
    if (unknown != 0) return cannot_listen(port, ::gai_strerror(unknown));
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
    std::vector<Descriptor> sockets;
    int failure = 0;
    for (const addrinfo* one = found; one != nullptr && failure == 0; one = one->ai_next)
        failure = listen_there(*one->ai_addr, one->ai_addrlen, sockets);
    return listening(std::move(sockets), failure, port);
}

}  // namespace countersign::databases::local
