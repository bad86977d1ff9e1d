#include "proxy/peer.h"

#include <fmt/format.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/descriptor.h"
#include "base/files.h"
#include "base/text.h"

namespace countersign::proxy {

namespace {

Error unknown() {
    return Error{Fault::denied,
                 "the kernel does not say whose connection it is; use a socket in a directory: --listen DIR"};
}

struct Ends {
    sockaddr_storage ours{};
    sockaddr_storage theirs{};
};

// Port and address as inet_diag takes them, in network order.
void put_end(const sockaddr_storage& end, __be16& port, __be32 (&address)[4]) {
    if (end.ss_family == AF_INET6) {
        sockaddr_in6 in6{};
        std::memcpy(&in6, &end, sizeof in6);
        port = in6.sin6_port;
        std::memcpy(&address, &in6.sin6_addr, sizeof in6.sin6_addr);
    } else {
        sockaddr_in in4{};
        std::memcpy(&in4, &end, sizeof in4);
        port = in4.sin_port;
        std::memcpy(&address, &in4.sin_addr, sizeof in4.sin_addr);
    }
}

struct DiagRequest {
    nlmsghdr header;
    inet_diag_req_v2 body;
};

// For exactly the socket whose own end is the one that we see as theirs.
DiagRequest request_for(const Ends& ends) {
    DiagRequest request{};
    request.header.nlmsg_len = sizeof request;
    request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    request.header.nlmsg_flags = NLM_F_REQUEST;
    request.body.sdiag_family = static_cast<__u8>(ends.theirs.ss_family);
    request.body.sdiag_protocol = IPPROTO_TCP;
    request.body.idiag_states = ~0U;
    put_end(ends.theirs, request.body.id.idiag_sport, request.body.id.idiag_src);
    put_end(ends.ours, request.body.id.idiag_dport, request.body.id.idiag_dst);
    request.body.id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
    request.body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
    return request;
}

Result<uid_t> ask_kernel(const Ends& ends) {
    const Descriptor kernel(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
    const DiagRequest request = request_for(ends);
    if (!kernel || ::send(kernel.number(), &request, sizeof request, 0) != sizeof request) return unknown();
    std::array<char, 4096> answer{};
    const ssize_t length = ::recv(kernel.number(), answer.data(), answer.size(), 0);
    nlmsghdr header{};
    inet_diag_msg found{};
    if (length < static_cast<ssize_t>(NLMSG_LENGTH(sizeof found))) return unknown();
    std::memcpy(&header, answer.data(), sizeof header);
    std::memcpy(&found, answer.data() + NLMSG_HDRLEN, sizeof found);
    const bool is_it = header.nlmsg_type == SOCK_DIAG_BY_FAMILY &&
                       found.id.idiag_sport == request.body.id.idiag_sport &&
                       found.id.idiag_dport == request.body.id.idiag_dport;
    // One that is closed already is nobody's any more, and stands there as root's.
    if (!is_it || found.idiag_state != TCP_ESTABLISHED || found.idiag_inode == 0) return unknown();
    return static_cast<uid_t>(found.idiag_uid);
}

// Where a user namespace has no number for a user, the kernel says this one for all of them.
bool stands_for_others(uid_t user) {
    const auto overflow = read_file("/proc/sys/kernel/overflowuid");
    const auto number = overflow ? parse_number<uid_t>(trimmed(*overflow)) : std::nullopt;
    if (!number || *number != user) return false;
    const auto map = read_file("/proc/self/uid_map");
    if (!map) return true;
    std::string words(trimmed(*map));
    words.erase(std::unique(words.begin(), words.end(), [](char a, char b) { return a == ' ' && b == ' '; }),
                words.end());
    return words != "0 0 4294967295";
}

}  // namespace

Result<uid_t> peer_user(int socket) {
    Ends ends;
    socklen_t ours = sizeof ends.ours;
    if (::getsockname(socket, reinterpret_cast<sockaddr*>(&ends.ours), &ours) != 0) return unknown();
    if (ends.ours.ss_family == AF_UNIX) {
        ucred peer{};
        socklen_t size = sizeof peer;
        if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return unknown();
        return peer.uid;
    }
    socklen_t theirs = sizeof ends.theirs;
    if (::getpeername(socket, reinterpret_cast<sockaddr*>(&ends.theirs), &theirs) != 0) return unknown();
    return ask_kernel(ends);
}

Result<void> check_peer(int socket) {
    const uid_t user = TRY(peer_user(socket));
    const uid_t own = ::geteuid();
    if (user != own)
        return Error{Fault::denied,
                     fmt::format("the connection is one of user {}; this proxy lets in its own user "
                                 "alone, {}",
                                 user, own)};
    if (stands_for_others(own)) return unknown();
    return {};
}

}  // namespace countersign::proxy
