#include "agent/sockets.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

#include "base/limits.h"

namespace countersign::agent {

namespace {

Error system_error(const std::string& what) {
    return Error{Fault::unavailable, what + ": " + std::strerror(errno)};
}

Result<sockaddr_un> address_of(const std::filesystem::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string& name = path.native();
    if (name.size() >= sizeof address.sun_path)
        return Error{Fault::invalid, "the path of a socket is too long: " + name};
    std::memcpy(address.sun_path, name.c_str(), name.size() + 1);
    return address;
}

}  // namespace

Result<Descriptor> listen_at(const std::filesystem::path& path, Callers callers) {
    const std::string& name = path.native();
    const sockaddr_un address = TRY(address_of(path));
    Descriptor socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) return system_error("cannot make a socket");
    ::unlink(name.c_str());
    const mode_t before = ::umask(0177);
    const int bound = ::bind(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    ::umask(before);
    const bool opened = callers == Callers::own || ::chmod(name.c_str(), 0666) == 0;
    if (bound != 0 || !opened || ::listen(socket.number(), limits::logins_waiting_max) != 0)
        return system_error("cannot listen at " + name);
    return socket;
}

void remove_left_socket(const std::filesystem::path& path) {
    struct stat facts {};
    const auto address = address_of(path);
    if (!address || ::lstat(path.c_str(), &facts) != 0 || !S_ISSOCK(facts.st_mode)) return;
    const Descriptor probe(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const int connected =
        ::connect(probe.number(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address);
    if (connected != 0 && errno == ECONNREFUSED) ::unlink(path.c_str());
}

Result<void> give_socket(const std::filesystem::path& path, unsigned owner) {
    const Descriptor file(::open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat facts {};
    const bool is_ours = file && ::fstat(file.number(), &facts) == 0 && S_ISSOCK(facts.st_mode) &&
                         (facts.st_uid == ::geteuid() || facts.st_uid == owner) && facts.st_nlink == 1;
    if (!is_ours) return Error{Fault::conflict, path.string() + " is not the socket that was made there"};
    if (::fchownat(file.number(), "", owner, static_cast<gid_t>(-1), AT_EMPTY_PATH) == 0) return {};
    return system_error("cannot give " + path.string());
}

Result<Peer> peer_of(int connection) {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
        return system_error("the kernel does not say who asks");
    return Peer{credentials.pid, credentials.uid};
}

Result<std::filesystem::path> working_directory_of(int pid) {
    const std::string link = "/proc/" + std::to_string(pid) + "/cwd";
    char place[PATH_MAX];
    const ssize_t length = ::readlink(link.c_str(), place, sizeof place);
    if (length < 0 && errno == ENOENT) return Error{Fault::not_found, "the asking process has ended"};
    if (length < 0 || length == sizeof place) return system_error("the asking process cannot be looked at");
    return std::filesystem::path(std::string(place, static_cast<std::size_t>(length)));
}

std::string receive_message(int connection, std::size_t bytes_max) {
    pollfd waiting{connection, POLLIN, 0};
    const int deadline = static_cast<int>(std::chrono::milliseconds(limits::login_answer_max).count());
    if (::poll(&waiting, 1, deadline) != 1) return {};
    const ssize_t size = ::recv(connection, nullptr, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
    if (size <= 0) return {};
    std::string message(std::min(static_cast<std::size_t>(size), bytes_max + 1), '\0');
    if (::recv(connection, message.data(), message.size(), MSG_DONTWAIT) != std::ssize(message))
        message.clear();
    return message;
}

void send_message(int connection, const std::string& message) {
    // A peer that has gone is refused by not hearing anything.
    static_cast<void>(::send(connection, message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
}

}  // namespace countersign::agent
