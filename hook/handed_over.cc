// A cluster's address is no one server's: the control plane listens there, and hands each connection that it
// accepts over to the postmaster that is meant, over that one's own socket. PostgreSQL has the client's own
// TCP connection then, from its true address, and nobody in between sees its bytes.
//
// What hands over is a connection from a socket that is bound to an abstract name that begins with
// "\0countersign.door.", of the user that COUNTERSIGN_DOOR_USER numbers, as the kernel says. It sends one
// message, once it is connected: the descriptor of the client's connection, with the client's address as its
// data. libpq binds no name, so nobody else's connection is taken for one. accept() stands between
// PostgreSQL and whoever connects, so nothing here waits longer than `patience_ms`.
//
// PostgreSQL pauses for 100 ms after an accept() that fails (StreamConnection and AcceptConnection of
// pqcomm.c). So a client that has reset its connection already, of which the kernel tells no address any
// more, is no failure: PostgreSQL has the address that the control plane was told, and finds out by itself.
//
// Sources: accept(2), unix(7), cmsg(3), socket(7); pqcomm.c of PostgreSQL 13 to 18, which calls accept() and
// not accept4().
#include "handed_over.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "backend.h"
#include "managed.h"
#include "next_definition.h"

#define COUNTERSIGN_EXPORT extern "C" __attribute__((visibility("default")))

namespace countersign::hook {
namespace {

constexpr const char* user_variable = "COUNTERSIGN_DOOR_USER";
constexpr char door_names[] = "\0countersign.door.";
constexpr size_t door_names_size = sizeof door_names - 1;
constexpr size_t name_at = offsetof(sockaddr_un, sun_path);
constexpr long patience_ms = 100;
constexpr uid_t no_user = static_cast<uid_t>(-1);

struct Peer {
    sockaddr_storage address;
    socklen_t size;

    sockaddr* generic() { return reinterpret_cast<sockaddr*>(&address); }
};

bool hands_over(const Peer& peer) {
    if (peer.address.ss_family != AF_UNIX || peer.size < name_at + door_names_size) return false;
    return memcmp(reinterpret_cast<const char*>(&peer.address) + name_at, door_names, door_names_size) == 0;
}

bool is_of(DoorUser user, int carrier) {
    ucred peer = {};
    socklen_t size = sizeof peer;
    return user.known && getsockopt(carrier, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
           peer.uid == user.id;
}

long now_ms() {
    timespec now = {};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

ssize_t receive(int carrier, msghdr* message) {
    const long end = now_ms() + patience_ms;
    for (;;) {
        const ssize_t size = recvmsg(carrier, message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (size >= 0 || (errno != EAGAIN && errno != EINTR)) return size;
        const long left = end - now_ms();
        if (left <= 0) return -1;
        pollfd awaited = {carrier, POLLIN, 0};
        poll(&awaited, 1, static_cast<int>(left));
    }
}

// The descriptor that came; -1 when none did, or several, of which none stays open.
int only_descriptor(msghdr* message) {
    int found = -1;
    int count = (message->msg_flags & MSG_CTRUNC) == 0 ? 0 : 1;  // the kernel has closed what had no room
    for (cmsghdr* part = CMSG_FIRSTHDR(message); part != nullptr; part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
        const unsigned char* const end = reinterpret_cast<unsigned char*>(part) + part->cmsg_len;
        for (const unsigned char* at = CMSG_DATA(part); at + sizeof(int) <= end; at += sizeof(int)) {
            if (found >= 0) close(found);
            memcpy(&found, at, sizeof found);
            ++count;
        }
    }
    if (count == 1 || found < 0) return found;
    close(found);
    return -1;
}

int option_of(int socket, int option) {
    int value = -1;
    socklen_t size = sizeof value;
    return getsockopt(socket, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

// False for what is no client's TCP connection. `said` is what the control plane says of it.
bool learn_peer(int connection, const Peer& said, Peer* peer) {
    const int family = option_of(connection, SO_DOMAIN);
    if (family != AF_INET && family != AF_INET6) return false;
    if (option_of(connection, SO_TYPE) != SOCK_STREAM || option_of(connection, SO_ACCEPTCONN) != 0)
        return false;
    peer->size = sizeof peer->address;
    if (getpeername(connection, peer->generic(), &peer->size) == 0) return true;
    const socklen_t whole = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    if (errno != ENOTCONN || said.size != whole || said.address.ss_family != family) return false;
    *peer = said;
    return true;
}

// What the carrier brings, -1 when that is not what it has to be.
int taken_from(int carrier, Peer* peer) {
    Peer said = {};
    iovec data = {&said.address, sizeof said.address};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
    msghdr message = {};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t size = receive(carrier, &message);
    const int connection = size < 0 ? -1 : only_descriptor(&message);
    if (connection < 0) return -1;
    said.size = static_cast<socklen_t>(size);
    if (learn_peer(connection, said, peer)) return connection;
    close(connection);
    return -1;
}

// As accept(2) does: cut off where there is no more room, with the whole size.
void tell(const Peer& peer, sockaddr* address, socklen_t* size) {
    if (address == nullptr) return;
    memcpy(address, &peer.address, *size < peer.size ? *size : peer.size);
    *size = peer.size;
}

// Of the postmaster, before it has read its configuration.
bool managed = false;
DoorUser user_of_door = {};

__attribute__((constructor)) void read_environment() {
    managed = is_postgres() && is_managed();
    if (managed) user_of_door = door_user(secure_getenv(user_variable));
}

}  // namespace

DoorUser door_user(const char* text) {
    if (text == nullptr || text[0] == '\0') return {};
    unsigned long number = 0;
    for (const char* digit = text; *digit != '\0'; ++digit) {
        if (*digit < '0' || *digit > '9') return {};
        number = number * 10 + static_cast<unsigned long>(*digit - '0');
        if (number >= no_user) return {};
    }
    return {true, static_cast<uid_t>(number)};
}

int accept_or_take(DoorUser user, Accept* next, int listener, sockaddr* address, socklen_t* size) {
    Peer peer = {};
    peer.size = sizeof peer.address;
    const int accepted = next(listener, peer.generic(), &peer.size);
    if (accepted < 0) return accepted;
    int connection = accepted;
    if (hands_over(peer)) {
        connection = is_of(user, accepted) ? taken_from(accepted, &peer) : -1;
        close(accepted);
    }
    if (connection >= 0) tell(peer, address, size);
    if (connection < 0) errno = ECONNABORTED;
    return connection;
}

}  // namespace countersign::hook

COUNTERSIGN_EXPORT int accept(int listener, sockaddr* address, socklen_t* size) {
    using namespace countersign::hook;
    static Accept* const next = next_definition<Accept>("accept", "libc.so.6");
    if (next == nullptr) {
        errno = ENOSYS;
        return -1;
    }
    return managed ? accept_or_take(user_of_door, next, listener, address, size)
                   : next(listener, address, size);
}
