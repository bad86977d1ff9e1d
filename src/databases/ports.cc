#include "databases/ports.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "model/keys.h"
#include "model/rds.h"
#include "store/records.h"

namespace countersign::databases {

namespace {

constexpr int own_addresses = 254;  // 127.54.32.1 and those after it

enum class Binding { free, taken, absent };

Binding try_binding(const sockaddr& address, socklen_t length) {
    const int socket = ::socket(address.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket < 0) return Binding::absent;
    const int on = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address.sa_family == AF_INET6) setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    const bool bound = bind(socket, &address, length) == 0 && listen(socket, 1) == 0;
    const bool absent = errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT;
    close(socket);
    if (bound) return Binding::free;
    return absent ? Binding::absent : Binding::taken;
}

// A family that this machine does not have is no hindrance.
template <class Address>
bool bindable(const Address& address) {
    return try_binding(reinterpret_cast<const sockaddr&>(address), sizeof address) != Binding::taken;
}

using model::Place;

bool is_bindable(const Place& place) {
    return place.own_host ? own_port_is_bindable(place.host, place.port)
                          : port_is_bindable(place.host, place.port);
}

// The claims of which none may exist beside one on this place: a server at the endpoints' host may listen on
// every address, those that were named as own hosts among them.
std::vector<std::string> exclusive_keys(const PortRange& range, const Place& place) {
    std::vector<std::string> keys{claim_key(place)};
    if (range.own_hosts.empty()) return keys;
    if (place.own_host)
        keys.push_back(model::keys::port(place.port));
    else
        for (const std::string& host : range.own_hosts) keys.push_back(model::keys::port(place.port, host));
    return keys;
}

Result<bool> is_free(store::Store& store, const PortRange& range, const Place& place) {
    for (const std::string& key : exclusive_keys(range, place))
        if (std::ranges::count(range.taken_keys, key) > 0 || TRY(store.get(key)).has_value()) return false;
    return is_bindable(place);
}

PortChoice choice(const PortRange& range, const Place& place, const std::string& resource_id) {
    std::vector<store::Guard> unclaimed;
    for (const std::string& key : exclusive_keys(range, place)) unclaimed.push_back(store::absent(key));
    return PortChoice{place.host, place.port, place.own_host, std::move(unclaimed),
                      store::put(claim_key(place), model::PortClaim{resource_id})};
}

std::vector<std::string> own_hosts_of(const PortRange& range) {
    if (!range.own_hosts.empty() || range.host != "localhost") return range.own_hosts;
    std::vector<std::string> hosts;
    for (int last = 1; last <= own_addresses; ++last) hosts.push_back(fmt::format("127.54.32.{}", last));
    return hosts;
}

Result<std::optional<Place>> place_with(store::Store& store, const PortRange& range, std::uint16_t port) {
    const bool everywhere_blocks = range.host != "localhost" && !range.own_hosts.empty();
    const Place usual{range.host, port, false};
    if (!everywhere_blocks || range.taken != TakenPort::address)
        if (TRY(is_free(store, range, usual))) return std::optional(usual);
    if (range.taken != TakenPort::address) return std::optional<Place>();
    for (const std::string& host : own_hosts_of(range)) {
        const Place own{host, port, true};
        if (TRY(is_free(store, range, own))) return std::optional(own);
    }
    return std::optional<Place>();
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
    return bindable(four) && bindable(six);
}

bool own_port_is_bindable(const std::string& host, std::uint16_t port) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found) != 0) return false;
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
    for (const addrinfo* one = found; one != nullptr; one = one->ai_next)
        if (try_binding(*one->ai_addr, one->ai_addrlen) != Binding::free) return false;
    return found != nullptr;
}

bool place_is_bindable(const model::Server& server, const std::string& endpoint_host) {
    return server.own_host ? own_port_is_bindable(server.host, server.port)
                           : port_is_bindable(endpoint_host, server.port);
}

model::Place place_of(const model::Server& server) {
    return {server.host, server.port, server.own_host};
}

std::string claim_key(const model::Place& place) {
    return place.own_host ? model::keys::port(place.port, place.host) : model::keys::port(place.port);
}

std::string claim_key(const model::Server& server) {
    return claim_key(place_of(server));
}

Result<PortChoice> choose_port(store::Store& store, const PortRange& range,
                               std::optional<std::uint16_t> wanted, const std::string& resource_id) {
    if (wanted) {
        const std::optional<Place> place = TRY(place_with(store, range, *wanted));
        if (place) return choice(range, *place, resource_id);
        if (range.taken == TakenPort::refuse)
            return Error{Fault::invalid,
                         fmt::format("Port {} is in use; choose another or leave it out.", *wanted),
                         "InvalidParameterValue"};
    }
    for (unsigned port = range.first; port <= range.last && port > 0; ++port) {
        const Place place{range.host, static_cast<std::uint16_t>(port), false};
        if (TRY(is_free(store, range, place))) return choice(range, place, resource_id);
    }
    return Error{Fault::throttled,
                 fmt::format("No port from {} to {} is free for another database.", range.first, range.last)};
}

}  // namespace countersign::databases
