#include "passfile/keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>

namespace countersign::passfile {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class SetClock : public Clock {
public:
    Instant now() const override { return time; }
    Instant time{std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)};
};

class Heard : public KeeperListener {
public:
    void renewed(const LineSource& source, const FreshLine&) override { renewals.push_back(source.name); }
    void failed(const LineSource& source, const Error& error, std::chrono::seconds,
                std::optional<Instant> until) override {
        failures.push_back(source.name + ": " + error.message);
        good_until = until;
    }
    void restored() override { ++restorations; }
    void begin_write() override { ++writes; }
    void end_write() override {}

    std::vector<std::string> renewals;
    std::vector<std::string> failures;
    std::optional<Instant> good_until;
    int restorations = 0;
    int writes = 0;
};

class KeeperTest : public testing::Test {
protected:
    KeeperTest() {
        std::string name = "/tmp/countersign-keeper-XXXXXX";
        directory_ = ::mkdtemp(name.data());
    }
    ~KeeperTest() override { std::filesystem::remove_all(directory_); }

    Keeper keeper(const std::vector<std::string>& users) {
        std::vector<LineSource> sources;
        sources.reserve(users.size());
        for (const std::string& user : users)
            sources.push_back({user, [this, user] { return line_of(user); }});
        return Keeper(file(), std::move(sources), clock_, heard_);
    }
    Result<FreshLine> line_of(const std::string& user) const {
        if (user == away_) return Error{Fault::unavailable, "away"};
        const std::string token = "token-of-" + std::to_string(clock_.time.time_since_epoch() / 1s);
        return FreshLine{{{"db", 5432, "*", user}, Secret(token)}, clock_.time + 900s};
    }

    Path file() const { return directory_ / "pgpass"; }
    std::string text() const { return *read_file(file()); }
    std::string line(const std::string& user, Instant signed_at) const {
        return "db:5432:*:" + user + ":token-of-" + std::to_string(signed_at.time_since_epoch() / 1s) + "\n";
    }

    Path directory_;
    SetClock clock_;
    Heard heard_;
    std::string away_;
};

TEST_F(KeeperTest, WritesAllLinesAtOnceAndAgainWhenTheyAreDue) {
    Keeper kept = keeper({"ann", "bob"});
    const Instant start = clock_.time;
    ASSERT_TRUE(kept.step());
    EXPECT_TRUE(kept.is_complete() && kept.is_well());
    EXPECT_EQ(text(), line("ann", start) + line("bob", start));
    EXPECT_EQ(heard_.writes, 1);
    clock_.time += 299s;
    ASSERT_TRUE(kept.step());
    EXPECT_EQ(heard_.writes, 1);
    clock_.time += 1s;
    ASSERT_TRUE(kept.step());
    EXPECT_EQ(text(), line("ann", clock_.time) + line("bob", clock_.time));
    EXPECT_THAT(heard_.renewals, ElementsAre("ann", "bob", "ann", "bob"));
}

TEST_F(KeeperTest, KeepsALineWhoseSourceIsAway) {
    Keeper kept = keeper({"ann", "bob"});
    const Instant start = clock_.time;
    ASSERT_TRUE(kept.step());
    away_ = "ann";
    clock_.time += 300s;
    EXPECT_FALSE(kept.step());
    EXPECT_EQ(text(), line("ann", start) + line("bob", clock_.time));
    EXPECT_EQ(heard_.good_until, start + 900s);
    EXPECT_TRUE(kept.is_complete() && !kept.is_well());
    away_.clear();
    clock_.time += 1s;
    ASSERT_TRUE(kept.step());
    EXPECT_TRUE(kept.is_well());
    EXPECT_THAT(text(), HasSubstr(line("ann", clock_.time)));
}

TEST_F(KeeperTest, IsNotCompleteBeforeEveryLineIsThere) {
    away_ = "bob";
    Keeper kept = keeper({"ann", "bob"});
    EXPECT_FALSE(kept.step());
    EXPECT_FALSE(kept.is_complete());
    EXPECT_EQ(heard_.good_until, std::nullopt);
    EXPECT_EQ(text(), line("ann", clock_.time));
}

TEST_F(KeeperTest, PutsBackWhatSomebodyChangedAndNotAllTheTime) {
    Keeper kept = keeper({"ann"});
    const Instant start = clock_.time;
    ASSERT_TRUE(kept.step());
    ASSERT_TRUE(replace_file(file(), "# mine\n"));
    ASSERT_TRUE(kept.step());
    EXPECT_EQ(text(), "# mine\n");
    clock_.time += 10s;
    ASSERT_TRUE(kept.step());
    EXPECT_EQ(text(), "# mine\n" + line("ann", start));
    EXPECT_EQ(heard_.restorations, 1);
    clock_.time += 10s;
    ASSERT_TRUE(kept.step());
    EXPECT_EQ(heard_.restorations, 1);
}

TEST_F(KeeperTest, TellsWhyItCannotWrite) {
    Keeper kept = keeper({"ann"});
    ASSERT_TRUE(kept.step());
    ASSERT_EQ(::chmod(file().c_str(), 0644), 0);
    clock_.time += 300s;
    const auto done = kept.step();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().fault, Fault::denied);
    EXPECT_THAT(heard_.failures, ElementsAre(HasSubstr("chmod 0600")));
    ASSERT_EQ(::chmod(file().c_str(), 0600), 0);
    clock_.time += 1s;
    EXPECT_TRUE(kept.step());
    EXPECT_TRUE(kept.is_well());
}

TEST_F(KeeperTest, AClockThatIsSetBackHasItWriteAgain) {
    Keeper kept = keeper({"ann"});
    ASSERT_TRUE(kept.step());
    clock_.time -= 1h;
    ASSERT_TRUE(kept.step());
    EXPECT_EQ(text(), line("ann", clock_.time));
    EXPECT_THAT(heard_.failures, IsEmpty());
}

}  // namespace
}  // namespace countersign::passfile
