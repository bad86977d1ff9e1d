#include "audit/forwarder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <future>
#include <latch>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "base/descriptor.h"

namespace countersign::audit {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

AuditLine line_of(const std::string& text) {
    AuditLine line;
    line.text = text;
    line.entry.time = "2026-01-02T03:04:05.678Z";
    line.entry.decision = Decision::refused;
    line.entry.user = "jane";
    line.entry.backend_pid = 42;
    return line;
}

class SinkTest : public ::testing::Test {
protected:
    SinkTest() {
        std::string name = (fs::temp_directory_path() / "log-sinks-XXXXXX").string();
        dir_ = ::mkdtemp(name.data());
    }
    ~SinkTest() override { fs::remove_all(dir_); }

    std::unique_ptr<LogSink> sink(const std::string& destination) const {
        auto made = make_sink(destination);
        EXPECT_TRUE(made) << destination;
        return *std::move(made);
    }
    static std::string text_of(const fs::path& file) {
        std::ostringstream text;
        text << std::ifstream(file).rdbuf();
        return text.str();
    }

    fs::path dir_;
};

TEST_F(SinkTest, Destinations) {
    for (const char* known : {"syslog", "syslog:/run/log", "journald", "file:/tmp/audit"})
        EXPECT_TRUE(make_sink(known)) << known;
    for (const char* unknown : {"", "file", "file:", "file:relative", "syslog:", "journald:/x", "kafka"})
        EXPECT_FALSE(make_sink(unknown)) << unknown;
}

TEST_F(SinkTest, AFileGetsLinesAndIsBegunAnewWhenItIsMovedAway) {
    const fs::path file = dir_ / "audit.json";
    const auto out = sink("file:" + file.string());
    EXPECT_TRUE(out->send(line_of("one")));
    EXPECT_TRUE(out->send(line_of("two")));
    fs::rename(file, dir_ / "old");
    EXPECT_TRUE(out->send(line_of("three")));
    EXPECT_EQ(text_of(dir_ / "old"), "one\ntwo\n");
    EXPECT_EQ(text_of(file), "three\n");
    EXPECT_EQ(fs::status(file).permissions(), fs::perms(0600));
}

TEST_F(SinkTest, AFullDeviceIsAnError) {
    const auto sent = sink("file:/dev/full")->send(line_of("one"));
    ASSERT_FALSE(sent);
    EXPECT_THAT(sent.error().message, HasSubstr("/dev/full"));
}

TEST_F(SinkTest, SyslogGetsADatagramOfFacilityAuthpriv) {
    const std::string path = dir_ / "log";
    const auto out = sink("syslog:" + path);
    EXPECT_FALSE(out->send(line_of("nobody listens")));
    const Descriptor listener(::socket(AF_UNIX, SOCK_DGRAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    ASSERT_EQ(::bind(listener.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ASSERT_TRUE(out->send(line_of("{\"seq\":1}")));
    char buffer[512];
    const ssize_t got = ::recv(listener.number(), buffer, sizeof buffer, MSG_DONTWAIT);
    ASSERT_GT(got, 0);
    EXPECT_EQ(std::string(buffer, static_cast<std::size_t>(got)),
              "<84>Jan  2 03:04:05 countersign[" + std::to_string(::getpid()) + "]: {\"seq\":1}");
}

TEST_F(SinkTest, TheJournalGetsFields) {
    EXPECT_THAT(journal_fields(line_of("{}")),
                ElementsAre("MESSAGE={}", "PRIORITY=4", "SYSLOG_FACILITY=10", "SYSLOG_IDENTIFIER=countersign",
                            "COUNTERSIGN_TIME=2026-01-02T03:04:05.678Z", "COUNTERSIGN_USER=jane",
                            "COUNTERSIGN_DECISION=refused", "COUNTERSIGN_BACKEND_PID=42"));
}

// A sink that takes nothing until it is let.
class Gate : public LogSink {
public:
    explicit Gate(std::vector<std::string>& got) : got_(got) {}
    Result<void> send(const AuditLine& line) override {
        if (!asked_) {
            asked_ = true;
            asked.count_down();
            open.wait();
        }
        got_.push_back(line.text);
        return {};
    }
    std::latch asked{1};
    std::latch open{1};

private:
    bool asked_ = false;
    std::vector<std::string>& got_;
};

TEST(AuditForwarder, KeepsTheOrderAndDropsWhatIsTooMuch) {
    const Log log(LogLevel::off);
    std::vector<std::string> got;
    {
        auto gate = std::make_unique<Gate>(got);
        Gate& control = *gate;
        AuditForwarder forwarder("gate", std::move(gate), log, 3);
        for (const char* text : {"1", "2", "3", "4", "5"}) forwarder.written(text, {});
        control.asked.wait();
        control.open.count_down();
    }
    EXPECT_THAT(got, ElementsAre("1", "2", "3"));
}

class Broken : public LogSink {
public:
    explicit Broken(int& asked) : asked_(asked) {}
    Result<void> send(const AuditLine&) override {
        ++asked_;
        return Error{Fault::unavailable, "away"};
    }

private:
    int& asked_;
};

TEST(AuditForwarder, ASinkThatFailsIsSaidOnce) {
    int asked = 0;
    ::testing::internal::CaptureStderr();
    {
        const Log log(LogLevel::info);
        AuditForwarder forwarder("nowhere", std::make_unique<Broken>(asked), log);
        for (int i = 0; i < 10; ++i) forwarder.written("line", {});
    }
    const std::string said = ::testing::internal::GetCapturedStderr();
    EXPECT_THAT(said, HasSubstr("audit.sink_failed"));
    EXPECT_EQ(said.find("audit.sink_failed"), said.rfind("audit.sink_failed"));
    EXPECT_THAT(said, HasSubstr("audit.dropped"));
    EXPECT_THAT(said, HasSubstr("\"10\""));
    EXPECT_GE(asked, 1);
}

// Throws once.
class Startled : public LogSink {
public:
    explicit Startled(std::promise<std::string>& got) : got_(got) {}
    Result<void> send(const AuditLine& line) override {
        if (std::exchange(throws_, false)) throw std::runtime_error("out of memory");
        got_.set_value(line.text);
        return {};
    }

private:
    std::promise<std::string>& got_;
    bool throws_ = true;
};

TEST(AuditForwarder, ALineOfWhichTheSinkThrowsIsSentAgain) {
    const Log log(LogLevel::off);
    std::promise<std::string> got;
    AuditForwarder forwarder("nowhere", std::make_unique<Startled>(got), log);
    forwarder.written("line", {});
    EXPECT_EQ(got.get_future().get(), "line");
}

TEST(AuditForwarder, AWrongDestinationIsRefused) {
    const Log log(LogLevel::off);
    EXPECT_TRUE(ship_to({"file:/tmp/never-written", "syslog"}, log));
    EXPECT_FALSE(ship_to({"syslog", "pigeon"}, log));
}

}  // namespace
}  // namespace countersign::audit
