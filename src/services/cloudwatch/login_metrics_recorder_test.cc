#include "services/cloudwatch/login_metrics_recorder.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

#include "formats/iso_time.h"

namespace countersign::cloudwatch {
namespace {

namespace fs = std::filesystem;

const Database orders{"111122223333", "us-east-1", "DBClusterIdentifier", "orders"};

class LoginMetricsRecorderTest : public ::testing::Test {
protected:
    LoginMetricsRecorderTest() { directory_ = ::mkdtemp(name_); }
    ~LoginMetricsRecorderTest() override { fs::remove_all(directory_); }

    // One life of a server: what is kept is read, then these logins come.
    struct Life {
        explicit Life(const fs::path& directory) : recorder(figures, directory / "minutes", log) {
            EXPECT_TRUE(recorder.load(directory / "login.log"));
            audit::LoginLogOptions options;
            options.listeners.push_back(&recorder);
            auto opened = audit::LoginLog::open(directory / "login.log", options);
            EXPECT_TRUE(opened) << opened.error().message;
            audit.emplace(*std::move(opened));
        }

        void login(std::string_view time, std::string_view check = "",
                   audit::Decision decision = audit::Decision::unknown) {
            audit::LoginEntry entry;
            entry.time = time;
            entry.account = orders.account;
            entry.region = orders.region;
            entry.database = orders.identifier;
            entry.resource_id = "cluster-A";
            entry.check = check;
            entry.decision = decision != audit::Decision::unknown ? decision
                             : check.empty()                      ? audit::Decision::allowed
                                                                  : audit::Decision::refused;
            EXPECT_TRUE(audit->append(entry));
        }

        double sum(std::string_view metric) const {
            double found = 0;
            for (const Sample& sample : figures.samples(orders, *find_metric(metric), 0, 1'000'000'000))
                found += sample.value;
            return found;
        }

        MetricSeries figures;
        Log log{LogLevel::off};
        LoginMetricsRecorder recorder;
        std::optional<audit::LoginLog> audit;
    };

    char name_[32] = "/tmp/recorder-XXXXXX";
    fs::path directory_;
};

TEST_F(LoginMetricsRecorderTest, CountsWhatReachesIam) {
    Life life(directory_);
    life.login("2026-01-01T00:00:10.000Z");
    life.login("2026-01-01T00:00:11.000Z", "policy");
    life.login("2026-01-01T00:00:12.000Z", "transport");
    life.login("2026-01-01T00:00:13.000Z", "", audit::Decision::ended);
    EXPECT_EQ(life.sum("IamDbAuthConnectionRequests"), 2);
    EXPECT_EQ(life.sum("IamDbAuthConnectionFailureInsufficientPermissions"), 1);
}

TEST_F(LoginMetricsRecorderTest, LosesNothingWhenTheServerIsKilled) {
    for (int life = 0; life < 4; ++life) {
        Life now(directory_);
        EXPECT_EQ(now.sum("IamDbAuthConnectionRequests"), life * 4);
        for (const char* second : {"00:10", "00:20", "01:10", "02:10"})
            now.login("2026-01-01T0" + std::to_string(life) + ':' + second + ".000Z", "token.form");
    }
    EXPECT_EQ(Life(directory_).sum("IamDbAuthConnectionFailureInvalidToken"), 16);
}

TEST_F(LoginMetricsRecorderTest, CountsNothingTwiceAfterAnOrderlyEnd) {
    for (int life = 0; life < 3; ++life) {
        Life now(directory_);
        EXPECT_EQ(now.sum("IamDbAuthConnectionSuccess"), life);
        now.login("2026-01-01T00:00:10.000Z");
        now.recorder.finish();
    }
}

TEST_F(LoginMetricsRecorderTest, CountsALateLineIntoItsOwnMinute) {
    {
        Life life(directory_);
        life.login("2026-01-01T00:05:10.000Z");
        life.login("2026-01-01T00:01:10.000Z");
        life.login("2026-01-01T00:09:10.000Z");
    }
    const Life later(directory_);
    const Minute first = minute_of(*formats::parse_extended_time("2026-01-01T00:01:00Z"));
    EXPECT_EQ(
        later.figures.samples(orders, *find_metric("IamDbAuthConnectionSuccess"), first, first + 1).size(),
        1U);
    EXPECT_EQ(later.sum("IamDbAuthConnectionSuccess"), 3);
}

TEST_F(LoginMetricsRecorderTest, CountsFromTheAuditWhatItsOwnFilesLost) {
    {
        Life life(directory_);
        life.login("2026-01-01T00:00:10.000Z");
        life.login("2026-01-01T00:01:10.000Z");
        life.recorder.finish();
    }
    for (const auto& file : fs::directory_iterator(directory_ / "minutes"))
        fs::resize_file(file.path(), fs::file_size(file.path()) - 5);
    EXPECT_EQ(Life(directory_).sum("IamDbAuthConnectionSuccess"), 2);
    fs::remove_all(directory_ / "minutes");
    EXPECT_EQ(Life(directory_).sum("IamDbAuthConnectionSuccess"), 2);
}

TEST_F(LoginMetricsRecorderTest, ADamagedLineOfTheAuditStopsNoCount) {
    {
        Life life(directory_);
        life.login("2026-01-01T00:00:10.000Z");
        std::ofstream(directory_ / "login.log", std::ios::app) << "\xFF\x1B\n{\"seq\":1,\"previous\":\"\n"
                                                               << std::string(2'000'000, 'x') << '\n';
        life.login("2026-01-01T00:00:20.000Z");
    }
    std::ofstream(directory_ / "login.log", std::ios::app) << "{}\n";
    Life life(directory_);
    EXPECT_EQ(life.sum("IamDbAuthConnectionSuccess"), 2);
    life.login("2026-01-01T00:00:30.000Z");
    EXPECT_EQ(life.sum("IamDbAuthConnectionSuccess"), 3);
}

TEST_F(LoginMetricsRecorderTest, RemovesFilesOfDaysThatAreOver) {
    Life life(directory_);
    for (const char* day : {"2026-01-01", "2026-01-10", "2026-02-01"})
        for (const char* minute : {"00", "01"}) life.login(std::string(day) + "T00:" + minute + ":00.000Z");
    life.recorder.finish();
    std::vector<std::string> files;
    for (const auto& file : fs::directory_iterator(directory_ / "minutes")) {
        files.push_back(file.path().filename());
        EXPECT_EQ(fs::status(file.path()).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    }
    EXPECT_EQ(files, std::vector<std::string>{"20260201.log"});
}

}  // namespace
}  // namespace countersign::cloudwatch
