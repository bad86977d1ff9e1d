#include "databases/ports.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "model/keys.h"
#include "model/rds.h"
#include "store/records.h"

namespace countersign::databases {

namespace {

// A family that this machine does not have is no hindrance.
template <class Address>
bool bindable(const Address& address, int family) {
    const int socket = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket < 0) return true;
    const int on = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (family == AF_INET6) setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    const bool bound = bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                       listen(socket, 1) == 0;
    const bool absent = errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT;
    close(socket);
    return bound || absent;
}

Result<bool> claimed(store::Store& store, std::uint16_t port) {
    return TRY(store.get(model::keys::port(port))).has_value();
}

PortChoice choice(std::uint16_t port, const std::string& resource_id) {
    const std::string key = model::keys::port(port);
    return PortChoice{port, store::absent(key), store::put(key, model::PortClaim{resource_id})};
}

}  // namespace

bool port_is_bindable(const std::string& host, std::uint16_t port) {
    const bool loopback = host == "localhost";
    sockaddr_in four{};
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    four.sin_addr.s_addr = htonl(loopback ? INADDR_LOOPBACK : INADDR_ANY);
    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    six.sin6_addr = loopback ? in6addr_loopback : in6addr_any;
    return bindable(four, AF_INET) && bindable(six, AF_INET6);
}

Result<PortChoice> choose_port(store::Store& store, const PortRange& range,
                               std::optional<std::uint16_t> wanted, const std::string& resource_id) {
    if (wanted) {
        const bool taken = TRY(claimed(store, *wanted));
        if (!taken && port_is_bindable(range.host, *wanted)) return choice(*wanted, resource_id);
        return Error{Fault::invalid,
                     fmt::format("Port {} is in use{}; choose another or leave it out.", *wanted,
                                 taken ? " by another database" : " on this machine"),
                     "InvalidParameterValue"};
    }
    for (unsigned port = range.first; port <= range.last && port > 0; ++port) {
        const auto candidate = static_cast<std::uint16_t>(port);
        const bool taken = TRY(claimed(store, candidate));
        if (!taken && port_is_bindable(range.host, candidate)) return choice(candidate, resource_id);
    }
    return Error{Fault::throttled,
                 fmt::format("No port from {} to {} is free for another database.", range.first, range.last)};
}

}  // namespace countersign::databases
