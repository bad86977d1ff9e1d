#include "passfile/schedule.h"

#include <gtest/gtest.h>

namespace countersign::passfile {
namespace {

using namespace std::chrono_literals;

const Instant start{std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)};

TEST(Schedule, IsDueAtOnce) {
    EXPECT_TRUE(Schedule().is_due(start));
}

TEST(Schedule, RenewsATokenAtAThirdOfItsLife) {
    Schedule schedule;
    schedule.renewed(start, start + 900s);
    EXPECT_FALSE(schedule.is_due(start + 299s));
    EXPECT_TRUE(schedule.is_due(start + 300s));
    schedule.renewed(start, start + 8h);
    EXPECT_TRUE(schedule.is_due(start + 300s));
}

TEST(Schedule, RenewsEarlierWhatEndsEarlier) {
    Schedule schedule;
    schedule.renewed(start, start + 60s);
    EXPECT_FALSE(schedule.is_due(start + 19s));
    EXPECT_TRUE(schedule.is_due(start + 20s));
    schedule.renewed(start, start - 1h);
    EXPECT_TRUE(schedule.is_due(start + 1s));
}

TEST(Schedule, TriesAgainLessAndLessOften) {
    Schedule schedule;
    for (const auto pause : {1s, 2s, 4s, 8s, 16s, 30s, 30s}) {
        EXPECT_EQ(schedule.failed(start), pause);
        EXPECT_FALSE(schedule.is_due(start + pause - 1ms));
        EXPECT_TRUE(schedule.is_due(start + pause));
    }
    schedule.renewed(start, start + 900s);
    EXPECT_EQ(schedule.failed(start), 1s);
}

TEST(Schedule, AClockThatIsSetBackMakesItDue) {
    Schedule schedule;
    schedule.renewed(start, start + 900s);
    EXPECT_TRUE(schedule.is_due(start - 1s));
}

}  // namespace
}  // namespace countersign::passfile
