#include "databases/engines/local/proven_socket.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "base/files.h"

namespace countersign::databases::local {

namespace {

constexpr std::size_t proving_record_bytes_max = std::size_t{16} * 1024;

bool leads_to_postmaster_of(const ServerHome& home, const Descriptor& connected) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(connected.number(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.pid == 0)
        return false;
    const Result<std::string> record = read_file(home.postmaster(), proving_record_bytes_max);
    return record && record->starts_with(fmt::format("{} ", peer.pid));
}

}  // namespace

Result<Descriptor> connect_proven(const Descriptor& connecting, const ServerHome& home, std::uint16_t port) {
    const Path file = home.run / fmt::format(".s.PGSQL.{}", port);
    Descriptor place(::open(file.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!place) return Error{Fault::unavailable, "the server has no socket"};
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    fmt::format_to_n(address.sun_path, sizeof address.sun_path - 1, "/proc/self/fd/{}", place.number());
    if (::connect(connecting.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return Error{Fault::unavailable, fmt::format("the server does not answer: {}", strerror(errno))};
    if (leads_to_postmaster_of(home, connecting)) return place;
    return Error{Fault::denied, "another server answers in its place"};
}

Result<Descriptor> proven_socket(const ServerHome& home, std::uint16_t port) {
    return connect_proven(Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)), home, port);
}

}  // namespace countersign::databases::local
