#include "databases/window.h"

#include <gtest/gtest.h>

#include "formats/iso_time.h"

namespace countersign::databases {
namespace {

TEST(Window, IsReadAsAwsWritesIt) {
    EXPECT_EQ(parse_window("sun:00:00-sun:00:30"), (Window{0, 30}));
    EXPECT_EQ(parse_window("Mon:03:04-tue:00:00"), (Window{24 * 60 + 184, 48 * 60}));
    for (const char* wrong :
         {"", "sun:00:00", "sun:00:00-sun:00:00", "sun:24:00-mon:00:00", "sun:0:00-mon:00:00",
          "day:00:00-mon:00:00", "sun:00:60-mon:00:00", "sun:00:00-mon:00:00-tue:00:00"})
        EXPECT_FALSE(parse_window(wrong)) << wrong;
}

TEST(Window, IsOpenFromItsFirstToBeforeItsLastMinute) {
    const struct {
        const char* window;
        const char* now;
        bool open;
    } cases[] = {
        // 2026-01-01 is a Thursday.
        {"thu:10:00-thu:10:30", "2026-01-01T10:00:00Z", true},
        {"thu:10:00-thu:10:30", "2026-01-01T10:29:59Z", true},
        {"thu:10:00-thu:10:30", "2026-01-01T10:30:00Z", false},
        {"thu:10:00-thu:10:30", "2026-01-01T09:59:59Z", false},
        {"thu:10:00-thu:10:30", "2026-01-02T10:10:00Z", false},
        {"sat:23:45-sun:00:15", "2026-01-03T23:50:00Z", true},
        {"sat:23:45-sun:00:15", "2026-01-04T00:14:00Z", true},
        {"sat:23:45-sun:00:15", "2026-01-04T00:15:00Z", false},
        {"sat:23:45-sun:00:15", "2026-01-01T00:00:00Z", false},
    };
    for (const auto& c : cases)
        EXPECT_EQ(is_open(*parse_window(c.window), *formats::parse_extended_time(c.now)), c.open)
            << c.window << " at " << c.now;
}

}  // namespace
}  // namespace countersign::databases
