#include "agent_api/client/contact.h"

#include <gtest/gtest.h>

#include "formats/iso_time.h"

namespace countersign::agent_api::client {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(Contact, NothingIsUsableBeforeTheFirstWord) {
    const Contact contact(hours(1));
    EXPECT_FALSE(contact.is_fresh(Uptime(0)));
    EXPECT_NE(contact.why_not(Uptime(0)), "");
    EXPECT_FALSE(contact.silence(Uptime(0)));
}

TEST(Contact, LastsAsLongAsItMayAndNoLonger) {
    Contact contact(hours(1));
    contact.heard(seconds(100));
    EXPECT_TRUE(contact.is_fresh(seconds(100) + hours(1)));
    EXPECT_EQ(contact.why_not(seconds(100) + hours(1)), "");
    EXPECT_FALSE(contact.is_fresh(seconds(101) + hours(1)));
    EXPECT_NE(contact.why_not(seconds(101) + hours(1)).find("3601 s"), std::string::npos);
    contact.heard(hours(2));
    EXPECT_TRUE(contact.is_fresh(hours(2) + minutes(59)));
}

TEST(Contact, ARemovedAgentMayUseNothingUntilItIsTakenAgain) {
    Contact contact(hours(1));
    contact.heard(seconds(0));
    contact.removed("the agent was removed");
    EXPECT_FALSE(contact.is_fresh(seconds(1)));
    EXPECT_EQ(contact.why_not(seconds(1)), "the agent was removed");
    contact.heard(seconds(2));
    EXPECT_TRUE(contact.is_fresh(seconds(3)));
}

TEST(Contact, UptimeNeverGoesBack) {
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
