#include "proxy/listener.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "client/host_port.h"

namespace countersign::proxy {

namespace {

constexpr int backlog = 512;
constexpr std::uint16_t postgres_port = 5432;

Error cannot_listen(std::string_view where, int number) {
    const std::string_view hint = number == EADDRINUSE ? "; another program does, name another port" : "";
    return Error{Fault::unavailable, fmt::format("cannot listen at {}: {}{}", where, strerror(number), hint)};
}

Error not_loopback(const std::string& where) {
    return Error{
        Fault::denied,
        fmt::format("--listen {}: whoever reaches the proxy is the database user, so it listens at a "
                    "loopback address (127.0.0.1:PORT, [::1]:PORT) or in a directory (/PATH) alone",
                    where)};
}

struct Address {
    sockaddr_storage bytes{};
    socklen_t length = 0;
    std::string host;
};

Address loopback_address(const std::string& host, std::uint16_t port) {
    Address address{{}, 0, host};
    if (host.find(':') != std::string::npos) {
        sockaddr_in6 in6{};
        in6.sin6_family = AF_INET6;
        in6.sin6_port = htons(port);
        in6.sin6_addr = in6addr_loopback;
        std::memcpy(&address.bytes, &in6, sizeof in6);
        address.length = sizeof in6;
        address.host = "[::1]";
    } else {
        sockaddr_in in4{};
        in4.sin_family = AF_INET;
        in4.sin_port = htons(port);
        ::inet_pton(AF_INET, host.c_str(), &in4.sin_addr);
        std::memcpy(&address.bytes, &in4, sizeof in4);
        address.length = sizeof in4;
    }
    return address;
}

std::uint16_t port_of(int socket) {
    sockaddr_storage bound{};
    socklen_t length = sizeof bound;
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&bound), &length);
    sockaddr_in in4{};  // the port is at the same place in both
    std::memcpy(&in4, &bound, sizeof in4);
    return ntohs(in4.sin_port);
}

Result<Listener> listen_on(const Address& address) {
    Descriptor socket(::socket(address.bytes.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const int on = 1;
    if (socket) ::setsockopt(socket.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (!socket ||
        ::bind(socket.number(), reinterpret_cast<const sockaddr*>(&address.bytes), address.length) != 0 ||
        ::listen(socket.number(), backlog) != 0)
        return cannot_listen(address.host, errno);
    std::string name = fmt::format("{}:{}", address.host, port_of(socket.number()));
    return Listener(std::move(socket), {}, std::move(name));
}

bool has_ipv6() {
    const Descriptor probe(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const Address any_port = loopback_address("::1", 0);
    return probe &&
           ::bind(probe.number(), reinterpret_cast<const sockaddr*>(&any_port.bytes), any_port.length) == 0;
}

// A client that asks for localhost may come to either: both are had, or somebody else could have one of them.
Result<std::vector<Listener>> listen_at_localhost(std::uint16_t port) {
    std::vector<Listener> listeners;
    listeners.push_back(TRY(listen_on(loopback_address("127.0.0.1", port))));
    if (has_ipv6())
        listeners.push_back(TRY(listen_on(loopback_address("::1", port_of(listeners.front().number())))));
    return listeners;
}

Result<void> check_directory(const Path& directory) {
    struct stat facts {};
    if (::lstat(directory.c_str(), &facts) != 0 || !S_ISDIR(facts.st_mode))
        return Error{Fault::invalid, fmt::format("{} is no directory", directory.string())};
    const bool is_trusted = facts.st_uid == ::geteuid() || facts.st_uid == 0;
    const bool is_open = (facts.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (facts.st_mode & S_ISVTX) == 0;
    if (is_trusted && !is_open) return {};
    return Error{Fault::denied,
                 fmt::format("others could put a socket of their own into {}; run: chmod go-w {}",
                             directory.string(), directory.string())};
}

// A socket that a proxy left which was killed: of this user, and nobody listens there.
void remove_left_over(const Path& file, const sockaddr_un& address) {
    struct stat facts {};
    if (::lstat(file.c_str(), &facts) != 0 || !S_ISSOCK(facts.st_mode) || facts.st_uid != ::geteuid()) return;
    const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto* const target = reinterpret_cast<const sockaddr*>(&address);
    if (::connect(probe.number(), target, sizeof address) != 0 && errno == ECONNREFUSED)
        ::unlink(file.c_str());
}

Result<Listener> listen_in(const Path& directory, std::uint16_t port) {
    TRY(make_directory(directory));
    TRY(check_directory(directory));
    const Path file = directory / fmt::format(".s.PGSQL.{}", port);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (file.string().size() >= sizeof address.sun_path)
        return Error{Fault::invalid, fmt::format("{} is too long for the name of a socket", file.string())};
    file.string().copy(address.sun_path, sizeof address.sun_path - 1);
    remove_left_over(file, address);
    Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const mode_t before = ::umask(0177);
    const bool is_bound =
        socket && ::bind(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    const int failure = errno;
    ::umask(before);
    if (!is_bound) return cannot_listen(file.string(), failure);
    Listener listener(std::move(socket), file, file.string());
    if (::listen(listener.number(), backlog) != 0) return cannot_listen(file.string(), errno);
    return listener;
}

Result<std::vector<Listener>> listen_in_directory(const std::string& where) {
    const std::size_t colon = where.rfind(':');
    const auto port = colon == std::string::npos ? std::optional(postgres_port)
                                                 : parse_number<std::uint16_t>(where.substr(colon + 1));
    if (!port || *port == 0)
        return Error{Fault::invalid, fmt::format("--listen {}: not DIR or DIR:PORT", where)};
    std::vector<Listener> listeners;
    listeners.push_back(TRY(listen_in(Path(where.substr(0, colon)).lexically_normal(), *port)));
    return listeners;
}

}  // namespace

Listener::~Listener() {
    if (!file_.empty()) ::unlink(file_.c_str());
}

Result<std::vector<Listener>> listen_at(const std::string& where) {
    if (where.starts_with('/')) return listen_in_directory(where);
    const client::HostPort named = TRY(client::read_host_port(where, "--listen"));
    if (!client::is_loopback(named.host)) return not_loopback(where);
    if (named.host == "localhost") return listen_at_localhost(named.port);
    std::vector<Listener> listeners;
    listeners.push_back(TRY(listen_on(loopback_address(named.host, named.port))));
    return listeners;
}

}  // namespace countersign::proxy
