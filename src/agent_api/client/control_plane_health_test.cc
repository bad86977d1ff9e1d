#include "agent_api/client/control_plane_health.h"

#include <gtest/gtest.h>

#include "formats/iso_time.h"

namespace countersign::agent_api::client {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(ControlPlaneHealth, NothingIsUsableBeforeTheFirstWord) {
    const ControlPlaneHealth health(hours(1));
    EXPECT_FALSE(health.is_fresh(Uptime(0)));
    EXPECT_NE(health.why_not(Uptime(0)), "");
    EXPECT_FALSE(health.silence(Uptime(0)));
}

TEST(ControlPlaneHealth, LastsAsLongAsItMayAndNoLonger) {
    ControlPlaneHealth health(hours(1));
    health.on_answer(seconds(100));
    EXPECT_TRUE(health.is_fresh(seconds(100) + hours(1)));
    EXPECT_EQ(health.why_not(seconds(100) + hours(1)), "");
    EXPECT_FALSE(health.is_fresh(seconds(101) + hours(1)));
    EXPECT_NE(health.why_not(seconds(101) + hours(1)).find("3601 s"), std::string::npos);
    health.on_answer(hours(2));
    EXPECT_TRUE(health.is_fresh(hours(2) + minutes(59)));
}

TEST(ControlPlaneHealth, ARemovedAgentMayUseNothingUntilItIsTakenAgain) {
    ControlPlaneHealth health(hours(1));
    health.on_answer(seconds(0));
    health.removed("the agent was removed");
    EXPECT_FALSE(health.is_fresh(seconds(1)));
    EXPECT_EQ(health.why_not(seconds(1)), "the agent was removed");
    health.on_answer(seconds(2));
    EXPECT_TRUE(health.is_fresh(seconds(3)));
}

TEST(ControlPlaneHealth, UptimeNeverGoesBack) {
    const Uptime before = uptime();
    EXPECT_GE(uptime(), before);
    EXPECT_GT(before.count(), 0);
}

TEST(KeyDay, EndsWithTheLastTokenOfTheDay) {
    const auto at = [](const char* time) { return *formats::parse_basic_time(time); };
    EXPECT_FALSE(is_day_over("20260101", at("20260101T000000Z")));
    EXPECT_FALSE(is_day_over("20260101", at("20260102T001459Z")));
    EXPECT_TRUE(is_day_over("20260101", at("20260102T001500Z")));
    for (const char* date : {"", "2026", "20261301", "2026010x"})
        EXPECT_TRUE(is_day_over(date, at("20260101T000000Z"))) << date;
}

}  // namespace
}  // namespace countersign::agent_api::client
