#include "databases/engines/local/door.h"

#include <gmock/gmock.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

#include "base/files.h"
#include "base/text.h"
#include "databases/engines/local/engine_fixture.h"
#include "databases/engines/local/handing_over.h"
#include "databases/isolation/warden.h"
#include "databases/ports.h"

namespace countersign::databases::local {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A client of a database, by libpq.
class Caller {
public:
    Caller(const model::Place& place, const std::string& address, const std::string& password,
           const std::string& sslmode = "require") {
        const std::string port = std::to_string(place.port);
        const char* const names[] = {"host",   "hostaddr", "port",    "user",
                                     "dbname", "password", "sslmode", nullptr};
        const char* const values[] = {"localhost", address.c_str(),  port.c_str(),    "boss",
                                      "app",       password.c_str(), sslmode.c_str(), nullptr};
        connection_ = PQconnectdbParams(names, values, 0);
    }
    ~Caller() { PQfinish(connection_); }
    Caller(const Caller&) = delete;
    Caller& operator=(const Caller&) = delete;

    bool is_in() const { return PQstatus(connection_) == CONNECTION_OK; }
    std::string trouble() const { return PQerrorMessage(connection_); }
    std::string ask(const std::string& sql) const {
        std::string value = "no answer";
        if (PQsendQuery(connection_, sql.c_str()) == 0) return trouble();
        while (PGresult* const answer = PQgetResult(connection_)) {
            if (PQntuples(answer) == 1) value = PQgetvalue(answer, 0, 0);
            PQclear(answer);
        }
        return value;
    }
    // The port of its own end.
    std::string own_port() const {
        sockaddr_storage own{};
        socklen_t size = sizeof own;
        EXPECT_EQ(::getsockname(PQsocket(connection_), reinterpret_cast<sockaddr*>(&own), &size), 0);
        return std::to_string(ntohs(own.ss_family == AF_INET6
                                        ? reinterpret_cast<const sockaddr_in6&>(own).sin6_port
                                        : reinterpret_cast<const sockaddr_in&>(own).sin_port));
    }

private:
    PGconn* connection_ = nullptr;
};

// A TCP connection to the place that says nothing.
Descriptor dial(const model::Place& place) {
    Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(place.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return {};
    return socket;
}

// Waits until the other side has closed it.
bool ends(const Descriptor& connection) {
    char byte = 0;
    return ::recv(connection.number(), &byte, 1, 0) <= 0;
}

class DoorTest : public EngineTest {
protected:
    DoorTest() {
        std::filesystem::create_directory(directory_ / "lib");
        preload_ = directory_ / "lib/libcountersign_pam.so";
        std::filesystem::copy_file(COUNTERSIGN_PRELOAD, preload_);
        place_ = {"localhost", free_port()};
        door_ = std::make_unique<Door>(*log_, "localhost", false);
        door_->start();
    }
    // Whatever asks the warden ends before it.
    ~DoorTest() override {
        databases_.reset();
        engine_.reset();
    }

    DoorTarget server(const std::string& id) {
        const model::Server made = *create_instance(id).server;
        EXPECT_TRUE(becomes(id, "available"));
        return {home(made.resource_id), made.port};
    }
    DoorTarget nobody() const { return {home("db-nobody"), 1}; }

    // A server that this test plays: its record, and its socket with a queue for one.
    DoorTarget played(const std::string& name) const {
        const DoorTarget target{{directory_ / name, directory_ / name, name}, 1};
        EXPECT_TRUE(make_directory(target.home.root));
        EXPECT_TRUE(replace_file(target.home.postmaster(), std::to_string(::getpid()) + " 0 0\n"));
        return target;
    }
    static Descriptor listening(const DoorTarget& target) {
        Descriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
        (target.home.run / ".s.PGSQL.1").string().copy(address.sun_path, sizeof address.sun_path - 1);
        EXPECT_EQ(::bind(listener.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        EXPECT_EQ(::listen(listener.number(), 0), 0);
        return listener;
    }

    // The port of the server that a new session has reached, or what went wrong.
    std::string reached() const {
        const Caller caller(place_, "127.0.0.1", password);
        return caller.is_in() ? caller.ask("SELECT current_setting('port')") : caller.trouble();
    }
    static std::string name_of(const DoorTarget& target) { return std::to_string(target.port); }

    std::string log_of(const DoorTarget& target) const {
        std::string text;
        for (const auto& entry : std::filesystem::directory_iterator(target.home.log()))
            if (const Result<std::string> part = read_file(entry.path())) text += *part;
        return text;
    }

    std::unique_ptr<isolation::Warden> own_warden_;
    model::Place place_;
    std::unique_ptr<Door> door_;
};

TEST_F(DoorTest, ASessionIsTheClientsOwnWithTlsAndItsAddress) {
    ASSERT_TRUE(start());
    ASSERT_TRUE(door_->open(place_, {server("one")}));
    for (const std::string address : {"127.0.0.1", "::1"}) {
        const Caller caller(place_, address, password);
        if (address == "::1" && !caller.is_in() && caller.trouble().find("assign") != std::string::npos)
            continue;  // this machine has no IPv6
        ASSERT_TRUE(caller.is_in()) << caller.trouble();
        EXPECT_EQ(caller.ask("SELECT host(inet_client_addr())"), address);
        EXPECT_EQ(caller.ask("SELECT inet_client_port()"), caller.own_port());
        EXPECT_EQ(caller.ask("SELECT inet_server_port()"), std::to_string(place_.port));
        EXPECT_EQ(caller.ask("SELECT host(client_addr) || ' ' || client_port FROM pg_stat_activity "
                             "WHERE pid = pg_backend_pid()"),
                  address + " " + caller.own_port());
        EXPECT_EQ(caller.ask("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"), "t");
    }
}

TEST_F(DoorTest, TheServersRulesHold) {
    ASSERT_TRUE(start());
    ASSERT_TRUE(door_->open(place_, {server("one")}));
    EXPECT_THAT(Caller(place_, "127.0.0.1", "wrong").trouble(), HasSubstr("password authentication failed"));
    EXPECT_EQ(Caller(place_, "127.0.0.1", password, "disable").is_in(), !forces_tls());
    EXPECT_TRUE(Caller(place_, "127.0.0.1", password).is_in());
}

TEST_F(DoorTest, ConnectionsGoToTheServersInTurnAndOneThatIsNotThereIsPassedOver) {
    ASSERT_TRUE(start());
    const DoorTarget one = server("one");
    const DoorTarget two = server("two");
    ASSERT_TRUE(door_->open(place_, {one, two}));
    EXPECT_EQ(reached(), name_of(one));
    EXPECT_EQ(reached(), name_of(two));
    ASSERT_TRUE(door_->open(place_, {one, two}));  // changes nothing
    EXPECT_EQ(reached(), name_of(one));
    EXPECT_EQ(reached(), name_of(two));
    ASSERT_TRUE(door_->open(place_, {one, nobody(), two}));
    for (const DoorTarget& expected : {one, two, one, two}) EXPECT_EQ(reached(), name_of(expected));
    ASSERT_TRUE(door_->open(place_, {two}));
    EXPECT_EQ(reached(), name_of(two));
    EXPECT_EQ(reached(), name_of(two));
}

TEST_F(DoorTest, AnotherServerInATargetsPlaceGetsNothing) {
    ASSERT_TRUE(start());
    const DoorTarget one = server("one");
    const DoorTarget two = server("two");
    DoorTarget replaced = one;
    replaced.home.run = two.home.run;
    replaced.port = two.port;
    ASSERT_TRUE(door_->open(place_, {replaced, one}));
    EXPECT_EQ(reached(), name_of(one));
    EXPECT_EQ(reached(), name_of(one));
    ASSERT_TRUE(door_->open(place_, {replaced}));
    EXPECT_TRUE(ends(dial(place_)));
}

TEST_F(DoorTest, AServerThatHasDiedIsPassedOver) {
    ASSERT_TRUE(start());
    const DoorTarget one = server("one");
    const DoorTarget dead = played("dead");
    static_cast<void>(listening(dead));  // its socket's file is there still, and its record
    ASSERT_TRUE(door_->open(place_, {dead, one}));
    EXPECT_EQ(reached(), name_of(one));
    EXPECT_EQ(reached(), name_of(one));
}

TEST_F(DoorTest, WithoutAServerAConnectionIsClosed) {
    ASSERT_TRUE(door_->open(place_, {}));
    EXPECT_TRUE(ends(dial(place_)));
    ASSERT_TRUE(door_->open(place_, {nobody(), nobody()}));
    EXPECT_TRUE(ends(dial(place_)));
    EXPECT_TRUE(ends(dial(place_)));
}

TEST_F(DoorTest, AServerWhoseQueueIsFullIsPassedOver) {
    const DoorTarget full = played("full");
    const Descriptor listener = listening(full);
    Client client;
    client.connection = Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_TRUE(hand_over(client, full));
    const Result<void> second = hand_over(client, full);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().fault, Fault::unavailable);
}

TEST_F(DoorTest, SilentClientsDelayNobody) {
    ASSERT_TRUE(start());
    const DoorTarget one = server("one");
    ASSERT_TRUE(door_->open(place_, {one}));
    std::vector<Descriptor> silent;
    for (int i = 0; i < 50; ++i) {
        silent.push_back(dial(place_));
        ASSERT_TRUE(silent.back());
    }
    EXPECT_EQ(reached(), name_of(one));
}

// PostgreSQL pauses for every accept() that fails, which it writes to its log.
TEST_F(DoorTest, ClientsThatGoAtOnceDoNotHaveTheServerPause) {
    ASSERT_TRUE(start());
    const DoorTarget one = server("one");
    ASSERT_TRUE(door_->open(place_, {one}));
    const linger reset{1, 0};
    for (int i = 0; i < 200; ++i) {
        const Descriptor client = dial(place_);
        ASSERT_EQ(::setsockopt(client.number(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset), 0);
    }
    EXPECT_EQ(reached(), name_of(one));
    EXPECT_THAT(log_of(one), Not(HasSubstr("could not accept")));
    EXPECT_THAT(log_of(one), Not(HasSubstr("getsockname")));
}

TEST_F(DoorTest, AClosedPlaceIsFreeAndItsSessionsGoOn) {
    ASSERT_TRUE(start());
    const DoorTarget one = server("one");
    ASSERT_TRUE(door_->open(place_, {one}));
    const Caller caller(place_, "127.0.0.1", password);
    ASSERT_TRUE(caller.is_in()) << caller.trouble();
    EXPECT_FALSE(port_is_bindable("localhost", place_.port));
    door_->close(place_);
    door_->close(place_);
    EXPECT_TRUE(port_is_bindable("localhost", place_.port));
    EXPECT_FALSE(dial(place_));
    EXPECT_EQ(caller.ask("SELECT 1"), "1");
    ASSERT_TRUE(door_->open(place_, {one}));
    EXPECT_EQ(reached(), name_of(one));
    door_->stop();
    EXPECT_TRUE(port_is_bindable("localhost", place_.port));
    EXPECT_EQ(caller.ask("SELECT 1"), "1");
}

TEST_F(DoorTest, APlaceThatAnotherHasIsUnavailableUntilItIsFree) {
    Door other(*log_, "localhost", false);
    ASSERT_TRUE(other.open(place_, {}));
    const Result<void> opened = door_->open(place_, {});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().fault, Fault::unavailable);
    other.close(place_);
    EXPECT_TRUE(door_->open(place_, {}));
}

TEST_F(DoorTest, PlacesReachAsFarAsTheyAreToReach) {
    const model::Place own{"127.0.0.7", place_.port, true};
    ASSERT_TRUE(door_->open(own, {}));
    EXPECT_FALSE(own_port_is_bindable("127.0.0.7", place_.port));
    EXPECT_TRUE(port_is_bindable("localhost", place_.port));
    ASSERT_TRUE(door_->open(place_, {}));
    EXPECT_FALSE(port_is_bindable("localhost", place_.port));
    EXPECT_TRUE(own_port_is_bindable("127.0.0.8", place_.port));
    door_->close(place_);
    door_->close(own);
    Door everywhere(*log_, "localhost", true);
    ASSERT_TRUE(everywhere.open(place_, {}));
    EXPECT_FALSE(own_port_is_bindable("127.0.0.8", place_.port));
    const Result<void> unknown = door_->open({"no-such-host.invalid", place_.port, true}, {});
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().fault, Fault::unavailable);
}

TEST_F(DoorTest, ManyThreadsOpenAndCloseWhileClientsCome) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([this, i] {
            const model::Place own{"127.0.0." + std::to_string(20 + i), place_.port, true};
            for (int round = 0; round < 50; ++round) {
                EXPECT_TRUE(door_->open(own, {nobody()}));
                EXPECT_TRUE(door_->open(place_, {}));
                EXPECT_TRUE(dial(place_));
                EXPECT_TRUE(door_->open(own, {}));
                door_->close(own);
                EXPECT_TRUE(own_port_is_bindable(own.host, own.port));
            }
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_TRUE(ends(dial(place_)));
}

TEST_F(DoorTest, WhoConnectsBeforeItStartsWaits) {
    ASSERT_TRUE(start());
    const DoorTarget one = server("one");
    door_->stop();
    ASSERT_TRUE(door_->open(place_, {one}));
    const Descriptor early = dial(place_);
    ASSERT_TRUE(early);
    door_->start();
    const char request[] = {0, 0, 0, 8, 4, '\xd2', 22, '\x2f'};  // for TLS
    ASSERT_EQ(::send(early.number(), request, sizeof request, 0), std::ssize(request));
    char answer = 0;
    EXPECT_EQ(::recv(early.number(), &answer, 1, 0), 1);
    EXPECT_EQ(answer, 'S');
}

TEST_F(DoorTest, AnEnclosedServerTakesConnections) {
    const isolation::Means means = isolation::available_means(directory_, [] { return true; });
    if (!means.any()) GTEST_SKIP() << "this kernel has nothing to enclose with";
    auto warden = isolation::Warden::start({directory_, ::geteuid(), ::getegid(), std::nullopt, means});
    ASSERT_TRUE(warden);
    own_warden_ = *std::move(warden);
    warden_ = own_warden_.get();
    ASSERT_TRUE(start());
    const DoorTarget one = server("one");
    ASSERT_TRUE(door_->open(place_, {one}));
    EXPECT_EQ(reached(), name_of(one));
}

}  // namespace
}  // namespace countersign::databases::local
