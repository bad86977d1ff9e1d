#include "databases/engines/local/log_watch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <functional>
#include <stdexcept>

#include "base/files.h"
#include "databases/engines/local/engine_fixture.h"

namespace countersign::databases::local {
namespace {

constexpr std::uint64_t megabyte = std::uint64_t{1024} * 1024;

class LogWatchTest : public ::testing::Test {
protected:
    LogWatchTest() {
        std::string pattern = std::filesystem::temp_directory_path() / "watch-XXXXXX";
        directory_ = mkdtemp(pattern.data());
    }
    ~LogWatchTest() override { std::filesystem::remove_all(directory_); }

    ServerHome home(const std::string& name) const {
        ServerHome made = home_of(directory_, name);
        std::filesystem::create_directories(made.log());
        return made;
    }
    static void append(const ServerHome& home, const std::string& text, const std::string& name = "p-1.csv") {
        std::ofstream(home.log() / name, std::ios::app) << text;
    }
    static std::string refusal(const std::string& user) {
        return "2026-01-02 03:04:05.678 UTC,\"" + user +
               R"(","app",7,"::1:54321",65a1.7,1,"authentication",2026-01-02 03:04:05 UTC,3/4,0,FATAL,28P01,)"
               R"("password authentication failed",,,,,,,,,"","client backend",,0)"
               "\n";
    }
    static std::string words_of(std::uint64_t bytes) {
        return "2026-01-02 03:04:05.678 UTC,\"boss\",\"app\",8,\"::1:5\",65a1.8,1,\"DO\",,,0,LOG,00000,\"" +
               std::string(bytes, 'x') + "\",,,,,,,,,\"\",\"client backend\",,0\n";
    }
    std::string refused() const {
        std::string all;
        for (const RefusedLogin& login : listener_.refused()) all += login.user + ' ';
        return all;
    }
    static bool eventually(const std::function<bool()>& condition) {
        for (int i = 0; i < 3000 && !condition(); ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        return condition();
    }

    std::filesystem::path directory_;
    Listener listener_;
    const Log log_{LogLevel::off};
};

TEST_F(LogWatchTest, ARefusalAfterARecordOfAnyLengthIsReported) {
    const ServerHome one = home("db-one");
    LogWatch watch(listener_, log_);
    watch.follow(one);
    append(one, refusal("ann") + words_of(20 * megabyte) + refusal("bob"));
    EXPECT_TRUE(eventually([this] { return refused() == "ann bob "; })) << refused();
}

TEST_F(LogWatchTest, WhatCameLastIsReportedWhenAServerIsLeft) {
    const ServerHome one = home("db-one");
    LogWatch watch(listener_, log_);
    for (const char* user : {"ann", "bob", "cid"}) {
        watch.follow(one);
        append(one, refusal(user));
        watch.leave(one.resource_id);
    }
    EXPECT_EQ(refused(), "ann bob cid ");
}

// A hundred megabytes and more are unread, and none of it holds anybody up; what was not read is read later.
TEST_F(LogWatchTest, NobodyWaitsForALogToBeRead) {
    const ServerHome one = home("db-one");
    for (int i = 1; i <= 12; ++i)
        append(one, words_of(10 * megabyte - 500), "p-" + std::to_string(i + 10) + ".csv");
    append(one, refusal("ann"), "p-99.csv");
    {
        LogWatch watch(listener_, log_);
        watch.follow(one);
        watch.leave(one.resource_id);
    }
    EXPECT_EQ(refused(), "");
    ASSERT_TRUE(read_file(one.log_offset(), 4096));
    LogWatch watch(listener_, log_);
    watch.follow(one);
    EXPECT_TRUE(eventually([this] { return refused() == "ann "; }));
    EXPECT_EQ(listener_.lost(), 0U);
}

TEST_F(LogWatchTest, OneLogThatIsNeverReadToItsEndLeavesTheOthersTheirTurn) {
    const ServerHome loud = home("db-loud");
    const ServerHome quiet = home("db-quiet");
    LogWatch watch(listener_, log_);
    watch.follow(loud);
    watch.follow(quiet);
    std::atomic<bool> ending = false;
    std::thread writer([&] {
        const std::string words = words_of(megabyte);
        for (int file = 10; !ending; file = file == 99 ? 10 : file + 1)
            for (int i = 0; i < 10 && !ending; ++i) append(loud, words, "p-" + std::to_string(file) + ".csv");
    });
    for (int i = 0; i < 20; ++i) {
        append(quiet, refusal("u" + std::to_string(i)));
        const auto users = static_cast<std::size_t>(i) + 1;
        EXPECT_TRUE(eventually([&] { return listener_.refused().size() == users; })) << i;
    }
    ending = true;
    writer.join();
}

// Throws for one user.
class Startled : public Listener {
public:
    void login_refused(const RefusedLogin& login) override {
        if (login.user == "mallory") throw std::runtime_error("out of memory");
        Listener::login_refused(login);
    }
};

TEST_F(LogWatchTest, AReportThatThrowsHoldsUpNoOtherLog) {
    const ServerHome broken = home("db-broken");
    const ServerHome good = home("db-good");
    append(broken, refusal("mallory"));
    Startled listener;
    LogWatch watch(listener, log_);
    watch.follow(broken);
    watch.follow(good);
    append(good, refusal("ann"));
    EXPECT_TRUE(eventually([&] { return listener.refused().size() == 1; }));
}

TEST_F(LogWatchTest, LogsAreRemovedWhenTheyAreTooLargeAndTheLossIsReported) {
    const ServerHome one = home("db-one");
    for (int i = 1; i <= 4; ++i)
        for (const char* extension : {".csv", ".log"}) {
            const std::string name = "p-" + std::to_string(i) + extension;
            append(one, "", name);
            std::filesystem::resize_file(one.log() / name, 60 * megabyte);  // takes no room: it has holes
        }
    append(one, refusal("ann"), "p-5.csv");
    LogWatch watch(listener_, log_);
    watch.follow(one);
    EXPECT_TRUE(eventually([this] { return refused() == "ann "; }));
    EXPECT_EQ(listener_.lost(), 120 * megabyte);
    for (const char* name : {"p-1.csv", "p-2.csv", "p-1.log", "p-2.log"})
        EXPECT_FALSE(file_exists(one.log() / name)) << name;
    EXPECT_TRUE(file_exists(one.log() / "p-3.csv"));
    EXPECT_TRUE(file_exists(one.log() / "p-3.log"));
}

}  // namespace
}  // namespace countersign::databases::local
