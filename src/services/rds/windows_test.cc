#include "services/rds/windows.h"

#include <gtest/gtest.h>

#include "databases/window.h"

namespace countersign::rds {
namespace {

constexpr const char* overlapping = "The backup window and maintenance window must not overlap.";

std::string refusal(const GivenWindow& backup, const GivenWindow& maintenance) {
    const auto windows = new_windows(backup, maintenance);
    if (windows) return "";
    EXPECT_EQ(windows.error().code, "InvalidParameterValue");
    return windows.error().message;
}

TEST(Windows, AreRangesOfTimes) {
    const auto windows = new_windows("06:02-06:32", "Sun:23:45-Mon:00:15");
    ASSERT_TRUE(windows);
    EXPECT_EQ(windows->backup, "06:02-06:32");
    EXPECT_EQ(windows->maintenance, "sun:23:45-mon:00:15");
    EXPECT_EQ(refusal("3am-4am", std::nullopt),
              "Invalid backup window time '3am' specified. Should be specified as a time hh24:mi (24H Clock "
              "UTC). Example: 03:15");
    for (const char* bad : {"6:02-06:32", "24:00-24:30", "06:02", "06:60-07:30", "06:02-06:32-07:00", "-"})
        EXPECT_NE(refusal(bad, std::nullopt), "") << bad;
    EXPECT_EQ(refusal(std::nullopt, "xxx:23:45-mon:00:15"),
              "Invalid maintenance window time 'xxx:23:45' specified. Should be specified as a time "
              "ddd:hh24:mi (24H Clock UTC). Example: Mon:00:15");
    for (const char* bad : {"23:45-00:15", "sun:23:45"}) EXPECT_NE(refusal(std::nullopt, bad), "") << bad;
}

TEST(Windows, LastLongEnough) {
    EXPECT_EQ(refusal("03:00-03:30", std::nullopt), "");
    EXPECT_EQ(refusal("03:00-03:29", std::nullopt), "Backup window must be at least 30 minutes.");
    EXPECT_EQ(refusal("03:00-03:00", std::nullopt), "Backup window must be at least 30 minutes.");
    EXPECT_EQ(refusal("23:50-00:20", std::nullopt), "");
    EXPECT_EQ(refusal(std::nullopt, "mon:16:00-mon:16:05"),
              "Maintenance window must be at least 30 minutes.");
    EXPECT_EQ(refusal(std::nullopt, "mon:16:00-tue:16:00"), "Maintenance window must be less than 24 hours.");
    EXPECT_EQ(refusal(std::nullopt, "sat:23:50-sun:00:20"), "");
}

TEST(Windows, DoNotOverlap) {
    EXPECT_EQ(refusal("03:00-04:00", "mon:03:30-mon:04:30"), overlapping);
    EXPECT_EQ(refusal("03:00-04:00", "mon:04:00-mon:04:30"), "");
    EXPECT_EQ(refusal("03:00-04:00", "mon:02:30-mon:03:00"), "");
    EXPECT_EQ(refusal("03:00-04:00", "mon:02:00-mon:05:00"), overlapping);
    EXPECT_EQ(refusal("23:30-00:30", "sun:00:00-sun:00:30"), overlapping);
    EXPECT_EQ(refusal("00:00-00:30", "sat:23:45-sun:00:15"), overlapping);
    const Windows present{"03:00-03:30", "sun:05:00-sun:05:30"};
    EXPECT_FALSE(changed_windows(present, "05:15-05:45", std::nullopt));
    EXPECT_FALSE(changed_windows(present, std::nullopt, "tue:03:00-tue:03:30"));
    const auto changed = changed_windows(present, "05:15-05:45", "Tue:03:00-Tue:03:30");
    ASSERT_TRUE(changed);
    EXPECT_EQ(changed->maintenance, "tue:03:00-tue:03:30");
}

TEST(Windows, ThatAreNotGivenAreBesideThoseThatAre) {
    ASSERT_TRUE(new_windows(std::nullopt, std::nullopt));
    for (int hour = 0; hour < 24; ++hour)
        for (const char* minutes : {"00", "15", "45"}) {
            const std::string first = (hour < 10 ? "0" : "") + std::to_string(hour) + ':' + minutes;
            const int end = (hour + 1) % 24;
            const std::string last = (end < 10 ? "0" : "") + std::to_string(end) + ':' + minutes;
            EXPECT_EQ(refusal(first + '-' + last, std::nullopt), "") << first;
            const std::string last_day = end == 0 ? "mon:" : "sun:";
            EXPECT_EQ(refusal(std::nullopt, "sun:" + first + '-' + last_day + last), "") << first;
        }
    EXPECT_EQ(refusal("00:00-23:45", std::nullopt), overlapping);  // there is no room
}

TEST(Windows, OfAMemberAreItsOwnForMaintenanceAlone) {
    EXPECT_TRUE(databases::parse_window(*member_window(std::nullopt)));
    EXPECT_EQ(*member_window("Tue:03:00-Tue:03:30"), "tue:03:00-tue:03:30");
    EXPECT_FALSE(member_window("tue:03:00-tue:03:10"));
}

}  // namespace
}  // namespace countersign::rds
