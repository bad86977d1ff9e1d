// What accept() answers for connections that are handed over, with real sockets of this process.
#include "handed_over.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

namespace countersign::hook::test {
namespace {

constexpr std::string_view door_names{"\0countersign.door.", 18};

struct Address {
    sockaddr_storage storage = {};
    socklen_t size = sizeof storage;

    sockaddr* generic() { return reinterpret_cast<sockaddr*>(&storage); }
    std::string bytes() const { return {reinterpret_cast<const char*>(&storage), size}; }
};

Address unix_address(std::string_view path) {
    Address address;
    address.storage.ss_family = AF_UNIX;
    path.copy(reinterpret_cast<char*>(&address.storage) + offsetof(sockaddr_un, sun_path), 100);
    address.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    return address;
}

Address loopback(int family) {
    Address address;
    address.storage.ss_family = static_cast<sa_family_t>(family);
    if (family == AF_INET6) {
        reinterpret_cast<sockaddr_in6*>(&address.storage)->sin6_addr = in6addr_loopback;
        address.size = sizeof(sockaddr_in6);
    } else {
        reinterpret_cast<sockaddr_in*>(&address.storage)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.size = sizeof(sockaddr_in);
    }
    return address;
}

std::size_t open_descriptors() {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
    return count;
}

// A client's TCP connection, as the control plane has accepted it.
class Client {
public:
    explicit Client(int family) {
        const int listener = socket(family, SOCK_STREAM, 0);
        Address at = loopback(family);
        EXPECT_EQ(bind(listener, at.generic(), at.size), 0);
        EXPECT_EQ(listen(listener, 1), 0);
        EXPECT_EQ(getsockname(listener, at.generic(), &at.size), 0);
        client = socket(family, SOCK_STREAM, 0);
        EXPECT_EQ(connect(client, at.generic(), at.size), 0);
        EXPECT_EQ(getsockname(client, own.generic(), &own.size), 0);
        accepted = ::accept(listener, nullptr, nullptr);
        EXPECT_GE(accepted, 0);
        close(listener);
    }
    ~Client() {
        close(client);
        close(accepted);
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    // Its connection ends without a farewell.
    void reset() {
        const linger none = {1, 0};
        EXPECT_EQ(setsockopt(client, SOL_SOCKET, SO_LINGER, &none, sizeof none), 0);
        close(client);
        client = -1;
    }

    int client = -1;
    int accepted = -1;
    Address own;  // the client's
};

class HandedOver : public ::testing::Test {
protected:
    HandedOver() {
        std::string name = std::filesystem::temp_directory_path() / "countersign-door-XXXXXX";
        directory_ = mkdtemp(name.data());
        listener_ = socket(AF_UNIX, SOCK_STREAM, 0);
        place_ = unix_address(directory_ + "/socket");
        EXPECT_EQ(bind(listener_, place_.generic(), place_.size), 0);
        EXPECT_EQ(listen(listener_, 10), 0);
        before_ = open_descriptors();
    }
    ~HandedOver() override {
        EXPECT_EQ(open_descriptors(), before_);
        close(listener_);
        std::filesystem::remove_all(directory_);
    }

    // A connection to the listener from a socket of that name; of none when it is empty.
    int connected(std::string_view name) {
        const int carrier = socket(AF_UNIX, SOCK_STREAM, 0);
        Address own = unix_address(name);
        EXPECT_TRUE(name.empty() || bind(carrier, own.generic(), own.size) == 0);
        EXPECT_EQ(connect(carrier, place_.generic(), place_.size), 0);
        return carrier;
    }

    static std::string door_name() { return std::string(door_names) + std::to_string(getpid()) + ".1"; }

    static void send_over(int carrier, const std::vector<int>& descriptors, std::string data = "x") {
        iovec part = {data.data(), data.size()};
        alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * 8)] = {};
        msghdr message = {};
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        const std::size_t size = sizeof(int) * descriptors.size();
        if (!descriptors.empty()) {
            message.msg_control = control;
            message.msg_controllen = CMSG_SPACE(size);
            cmsghdr* const rights = CMSG_FIRSTHDR(&message);
            rights->cmsg_level = SOL_SOCKET;
            rights->cmsg_type = SCM_RIGHTS;
            rights->cmsg_len = CMSG_LEN(size);
            std::memcpy(CMSG_DATA(rights), descriptors.data(), size);
        }
        EXPECT_EQ(sendmsg(carrier, &message, 0), std::ssize(data));
    }

    int accept_as(DoorUser user, Address* peer) const {
        errno = 0;
        return accept_or_take(user, ::accept, listener_, peer->generic(), &peer->size);
    }
    int accept_one(Address* peer) const { return accept_as(own_, peer); }

    void expect_refusal() const {
        Address peer;
        EXPECT_EQ(accept_one(&peer), -1);
        EXPECT_EQ(errno, ECONNABORTED);
    }

    void expect_refusal_of(const std::vector<int>& descriptors) {
        const int carrier = connected(door_name());
        send_over(carrier, descriptors);
        expect_refusal();
        close(carrier);
    }

    const DoorUser own_ = {true, geteuid()};
    std::string directory_;
    int listener_ = -1;
    Address place_;
    std::size_t before_ = 0;
};

TEST_F(HandedOver, ClientsConnectionComesWithItsOwnAddress) {
    for (const int family : {AF_INET, AF_INET6}) {
        Client client(family);
        const int carrier = connected(door_name());
        send_over(carrier, {client.accepted});
        close(carrier);
        Address peer;
        const int connection = accept_one(&peer);
        ASSERT_GE(connection, 0);
        EXPECT_EQ(peer.bytes(), client.own.bytes());
        EXPECT_NE(fcntl(connection, F_GETFD) & FD_CLOEXEC, 0);
        ASSERT_EQ(write(client.client, "hello", 5), 5);
        char said[8] = {};
        EXPECT_EQ(read(connection, said, sizeof said), 5);
        EXPECT_STREQ(said, "hello");
        close(connection);
    }
}

TEST_F(HandedOver, AddressIsCutToTheCallersRoom) {
    Client client(AF_INET);
    const int carrier = connected(door_name());
    send_over(carrier, {client.accepted});
    char room[16] = {};
    std::memset(room, 'x', sizeof room);
    socklen_t size = 4;
    const int connection =
        accept_or_take(own_, ::accept, listener_, reinterpret_cast<sockaddr*>(room), &size);
    EXPECT_GE(connection, 0);
    EXPECT_EQ(size, sizeof(sockaddr_in));
    EXPECT_EQ(std::string(room, 4), client.own.bytes().substr(0, 4));
    EXPECT_EQ(std::string(room + 4, 12), std::string(12, 'x'));
    close(connection);
    close(carrier);
}

TEST_F(HandedOver, NobodyHasToAskForTheAddress) {
    Client client(AF_INET);
    const int carrier = connected(door_name());
    send_over(carrier, {client.accepted});
    const int connection = accept_or_take(own_, ::accept, listener_, nullptr, nullptr);
    EXPECT_GE(connection, 0);
    close(connection);
    close(carrier);
}

// PostgreSQL would pause for each that fails, and clients could have it pause for ever.
TEST_F(HandedOver, ClientThatHasGoneIsNoFailure) {
    Client client(AF_INET);
    const int carrier = connected(door_name());
    send_over(carrier, {client.accepted}, client.own.bytes());
    client.reset();
    Address peer;
    const int connection = accept_one(&peer);
    EXPECT_GE(connection, 0);
    EXPECT_EQ(peer.bytes(), client.own.bytes());
    close(connection);
    close(carrier);
}

TEST_F(HandedOver, WhatIsSaidOfAClientThatIsThereDoesNotCount) {
    Client client(AF_INET);
    Client other(AF_INET);
    const int carrier = connected(door_name());
    send_over(carrier, {client.accepted}, other.own.bytes());
    Address peer;
    const int connection = accept_one(&peer);
    EXPECT_EQ(peer.bytes(), client.own.bytes());
    close(connection);
    close(carrier);
}

TEST_F(HandedOver, AnotherUserIsRefused) {
    Client client(AF_INET);
    for (const DoorUser user : {DoorUser{true, geteuid() + 1}, DoorUser{false, geteuid()}}) {
        const int carrier = connected(door_name());
        send_over(carrier, {client.accepted});
        Address peer;
        EXPECT_EQ(accept_as(user, &peer), -1);
        EXPECT_EQ(errno, ECONNABORTED);
        close(carrier);
    }
}

TEST_F(HandedOver, AnythingButOneTcpConnectionIsRefused) {
    Client client(AF_INET);
    const int file = open("/dev/null", O_RDONLY);
    const int fresh = socket(AF_INET, SOCK_STREAM, 0);
    const int datagrams = socket(AF_INET, SOCK_DGRAM, 0);
    const int listening = socket(AF_INET, SOCK_STREAM, 0);
    ASSERT_EQ(listen(listening, 1), 0);
    int pair[2] = {-1, -1};
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    expect_refusal_of({});
    for (const int wrong : {file, fresh, datagrams, listening, pair[0]}) expect_refusal_of({wrong});
    for (const std::size_t many : {2, 3, 8}) expect_refusal_of(std::vector<int>(many, client.accepted));
    for (const int opened : {file, fresh, datagrams, listening, pair[0], pair[1]}) close(opened);
}

TEST_F(HandedOver, WhatIsSaidHasToFitASocketWithoutAPeer) {
    Address four = loopback(AF_INET);
    Address six = loopback(AF_INET6);
    const int fresh = socket(AF_INET, SOCK_STREAM, 0);
    const int listening = socket(AF_INET, SOCK_STREAM, 0);
    ASSERT_EQ(listen(listening, 1), 0);
    for (const std::string& said :
         {six.bytes(), four.bytes() + "x", four.bytes().substr(1), std::string(1000, 'x')}) {
        const int carrier = connected(door_name());
        send_over(carrier, {fresh}, said);
        expect_refusal();
        close(carrier);
    }
    const int carrier = connected(door_name());
    send_over(carrier, {listening}, four.bytes());
    expect_refusal();
    for (const int opened : {carrier, fresh, listening}) close(opened);
}

TEST_F(HandedOver, CarrierThatSendsNothingIsNotWaitedForLong) {
    const int silent = connected(door_name());
    expect_refusal();
    close(silent);
    close(connected(door_name()));
    expect_refusal();
}

TEST_F(HandedOver, OrdinaryConnectionsPassUnchanged) {
    const std::string number = std::to_string(getpid());
    const std::string nearly = std::string("\0countersign.doors.", 19) + number;
    const std::string other = std::string("\0other.", 7) + number;
    const std::string file = directory_ + "/countersign.door.";
    for (const std::string& name : {std::string(), nearly, other, file}) {
        const int connecting = connected(name);
        Client client(AF_INET);
        send_over(connecting, {client.accepted});
        Address peer;
        const int connection = accept_one(&peer);
        ASSERT_GE(connection, 0);
        EXPECT_EQ(peer.storage.ss_family, AF_UNIX);
        char said = 0;
        EXPECT_EQ(recv(connection, &said, 1, MSG_DONTWAIT), 1);
        close(connection);
        close(connecting);
    }
}

TEST_F(HandedOver, TcpListenersAreUnaffected) {
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    ASSERT_EQ(listen(listener, 1), 0);
    Address at;
    ASSERT_EQ(getsockname(listener, at.generic(), &at.size), 0);
    const int client = socket(AF_INET, SOCK_STREAM, 0);
    ASSERT_EQ(connect(client, at.generic(), at.size), 0);
    Address own;
    ASSERT_EQ(getsockname(client, own.generic(), &own.size), 0);
    Address peer;
    const int connection = accept_or_take(own_, ::accept, listener, peer.generic(), &peer.size);
    EXPECT_GE(connection, 0);
    EXPECT_EQ(peer.bytes(), own.bytes());
    for (const int opened : {connection, client, listener}) close(opened);
}

TEST_F(HandedOver, FailuresOfAcceptStay) {
    ASSERT_EQ(fcntl(listener_, F_SETFL, O_NONBLOCK), 0);
    Address peer;
    EXPECT_EQ(accept_one(&peer), -1);
    EXPECT_EQ(errno, EAGAIN);
}

TEST(DoorUserTest, IsADecimalNumber) {
    EXPECT_TRUE(door_user("0").known);
    EXPECT_EQ(door_user("0").id, 0U);
    EXPECT_EQ(door_user("1000").id, 1000U);
    EXPECT_EQ(door_user("4294967294").id, 4294967294U);
    const char* const wrong[] = {nullptr,
                                 "",
                                 " 1",
                                 "1 ",
                                 "-1",
                                 "+1",
                                 "0x1",
                                 "4294967295",
                                 "4294967296",
                                 "postgres",
                                 "18446744073709551617"};
    for (const char* text : wrong) EXPECT_FALSE(door_user(text).known) << (text == nullptr ? "null" : text);
}

}  // namespace
}  // namespace countersign::hook::test
