#include "agent/listener.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <thread>
#include <vector>

namespace countersign::agent {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr auto long_silence = std::chrono::minutes(10);

class ArrivalsTest : public testing::Test {
protected:
    ArrivalsTest() {
        std::string name = (fs::temp_directory_path() / "arrivals-XXXXXX").string();
        directory_ = ::mkdtemp(name.data());
    }
    ~ArrivalsTest() override { fs::remove_all(directory_); }

    fs::path place(const char* name) const { return directory_ / name; }

    // Listens for db-1 at `one`.
    std::unique_ptr<Listener> make(std::size_t silent_max, milliseconds silence_max = long_silence) const {
        auto listener = std::make_unique<Listener>(silent_max, silence_max);
        EXPECT_TRUE(listener->start());
        EXPECT_TRUE(listener->listen("db-1", place("one")));
        return listener;
    }

    // Nothing: nobody listens.
    static Descriptor connect(const fs::path& place) {
        Descriptor client(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, place.c_str(), sizeof address.sun_path - 1);
        if (::connect(client.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
            return client;
        return {};
    }

    // It is closed at the other end, at the latest after a minute.
    static bool ends(const Descriptor& client) {
        pollfd polled{client.number(), POLLIN, 0};
        return ::poll(&polled, 1, 60'000) == 1 && (polled.revents & POLLHUP) != 0;
    }

    static void speak(const Descriptor& client, const char* word) {
        EXPECT_EQ(::send(client.number(), word, std::strlen(word), MSG_NOSIGNAL),
                  static_cast<ssize_t>(std::strlen(word)));
    }

    static std::string heard(const std::optional<Arrival>& arrival) {
        return arrival ? receive_message(arrival->connection.number(), 100) : "nothing";
    }

    fs::path directory_;
};

TEST_F(ArrivalsTest, WhoeverSpeaksIsHandedOnWithTheNameOfTheServer) {
    const auto listener = make(9);
    ASSERT_TRUE(listener->listen("db-2", place("two")));
    const Descriptor silent = connect(place("one"));
    const Descriptor client = connect(place("two"));
    speak(client, "hello");
    const auto arrival = listener->next();
    EXPECT_EQ(heard(arrival), "hello");
    EXPECT_EQ(arrival->server, "db-2");
    speak(silent, "at last");
    const auto later = listener->next();
    EXPECT_EQ(heard(later), "at last");
    EXPECT_EQ(later->server, "db-1");
}

TEST_F(ArrivalsTest, EachIsOneWorkers) {
    constexpr std::size_t logins = 200;
    const auto listener = make(logins);
    std::vector<std::thread> workers;
    for (int i = 0; i < 4; ++i)
        workers.emplace_back([&] {
            while (const auto arrival = listener->next())
                send_message(arrival->connection.number(), heard(arrival) + "!");
        });
    std::vector<Descriptor> clients;
    for (std::size_t i = 0; i < logins; ++i) clients.push_back(connect(place("one")));
    for (std::size_t i = 0; i < logins; ++i) speak(clients[i], std::to_string(i).c_str());
    for (std::size_t i = 0; i < logins; ++i) {
        char answer[10];
        const ssize_t size = ::recv(clients[i].number(), answer, sizeof answer, 0);
        EXPECT_EQ(std::string_view(answer, static_cast<std::size_t>(std::max<ssize_t>(size, 0))),
                  std::to_string(i) + "!");
        EXPECT_TRUE(ends(clients[i])) << "nobody else has it";
    }
    listener->stop();
    for (std::thread& worker : workers) worker.join();
}

TEST_F(ArrivalsTest, TheSilentAreGivenUp) {
    const auto listener = make(9, milliseconds(1));
    const Descriptor silent = connect(place("one"));
    std::thread worker([&] { EXPECT_EQ(heard(listener->next()), "nothing"); });
    EXPECT_TRUE(ends(silent));
    listener->stop();
    worker.join();
}

TEST_F(ArrivalsTest, TheOldestOfTheSilentMakesRoom) {
    const auto listener = make(2);
    std::vector<Descriptor> clients;
    for (int i = 0; i < 3; ++i) clients.push_back(connect(place("one")));
    std::thread worker([&] {
        EXPECT_EQ(heard(listener->next()), "second");
        EXPECT_EQ(heard(listener->next()), "third");
    });
    EXPECT_TRUE(ends(clients[0]));
    speak(clients[1], "second");
    EXPECT_TRUE(ends(clients[1]));
    speak(clients[2], "third");
    worker.join();
}

TEST_F(ArrivalsTest, OneServersSilenceTakesNoOthersRoom) {
    const auto listener = make(2);
    ASSERT_TRUE(listener->listen("db-2", place("two")));
    const Descriptor other = connect(place("two"));
    std::thread worker([&] {
        const auto arrival = listener->next();
        ASSERT_TRUE(arrival);
        EXPECT_EQ(arrival->server, "db-2");
    });
    const Descriptor first = connect(place("one"));
    const Descriptor second = connect(place("one"));
    EXPECT_TRUE(ends(first));
    speak(other, "hello");
    worker.join();
    listener->stop();
}

TEST_F(ArrivalsTest, AServerThatLeavesHasNoDoor) {
    const auto listener = make(9);
    ASSERT_TRUE(listener->listen("db-2", place("two")));
    const Descriptor waiting = connect(place("one"));
    listener->leave("db-1");
    EXPECT_TRUE(ends(waiting));
    EXPECT_FALSE(connect(place("one")));
    EXPECT_TRUE(connect(place("two")));
}

TEST_F(ArrivalsTest, AServerHasOneDoorAndMayMoveIt) {
    const auto listener = make(9);
    const Descriptor early = connect(place("one"));
    speak(early, "early");
    ASSERT_TRUE(listener->listen("db-1", place("one")));
    EXPECT_EQ(heard(listener->next()), "early") << "the door was not shut in between";
    ASSERT_TRUE(listener->listen("db-1", place("elsewhere")));
    EXPECT_FALSE(connect(place("one")));
    const Descriptor late = connect(place("elsewhere"));
    speak(late, "late");
    EXPECT_EQ(heard(listener->next()), "late");
    EXPECT_EQ(listener->listen("db-1", directory_ / std::string(200, 'x')).error().fault, Fault::invalid);
    EXPECT_TRUE(connect(place("elsewhere"))) << "as before";
}

TEST_F(ArrivalsTest, AfterTheEndNobodyComes) {
    const auto listener = make(9);
    const Descriptor client = connect(place("one"));
    std::thread worker([&] { EXPECT_FALSE(listener->next()); });
    listener->stop();
    worker.join();
    EXPECT_TRUE(ends(client));
    EXPECT_FALSE(listener->next());
    EXPECT_FALSE(connect(place("one")));
}

TEST_F(ArrivalsTest, ASocketGoesWithItsServer) {
    const auto listener = make(10);
    EXPECT_TRUE(fs::exists(place("one")));
    ASSERT_TRUE(listener->listen("db-1", place("two")));
    EXPECT_FALSE(fs::exists(place("one")));
    EXPECT_TRUE(connect(place("two")));
    listener->leave("db-1");
    EXPECT_FALSE(fs::exists(place("two")));
}

}  // namespace
}  // namespace countersign::agent
