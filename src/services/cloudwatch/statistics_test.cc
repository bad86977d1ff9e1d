#include "services/cloudwatch/statistics.h"

#include <gtest/gtest.h>

#include "formats/iso_time.h"

namespace countersign::cloudwatch {
namespace {

using namespace std::chrono_literals;

Instant at(std::string_view text) {
    return *formats::parse_extended_time(text);
}

TEST(Statistics, PutsSamplesOfAPeriodTogether) {
    const auto points = data_points({{0, 4}, {3, 2}, {5, 1}}, Instant{}, 300s);
    ASSERT_EQ(points.size(), 2U);
    EXPECT_EQ(points[0].time, Instant{});
    EXPECT_EQ(points[1].time, Instant(300s));
    const std::pair<std::string_view, double> expected[] = {
        {"Sum", 6}, {"Average", 3}, {"Minimum", 2}, {"Maximum", 4}, {"SampleCount", 2}};
    for (const auto& [name, value] : expected)
        EXPECT_EQ(find_statistic(name)->value(points[0]), value) << name;
    EXPECT_EQ(find_statistic("p99"), nullptr);
    EXPECT_TRUE(data_points({}, Instant{}, 60s).empty());
}

TEST(Statistics, CountsPeriodsFromTheirOrigin) {
    const auto points = data_points({{2, 1}, {6, 1}, {7, 1}}, Instant(2min), 300s);
    ASSERT_EQ(points.size(), 2U);
    EXPECT_EQ(points[0].time, Instant(2min));
    EXPECT_EQ(points[0].sum, 2);
    EXPECT_EQ(points[1].time, Instant(7min));
}

TEST(Statistics, KnowsPeriods) {
    for (const std::int64_t good : {1, 5, 10, 20, 30, 60, 120, 3600}) EXPECT_TRUE(is_period(good)) << good;
    for (const std::int64_t bad : {-60, 0, 2, 45, 61, 90}) EXPECT_FALSE(is_period(bad)) << bad;
}

// The examples of the API reference.
TEST(Statistics, RoundsTheStartByItsAge) {
    const Instant start = at("2026-01-01T12:32:34Z");
    EXPECT_EQ(rounded_start(start, start + std::chrono::days(1)), at("2026-01-01T12:32:00Z"));
    EXPECT_EQ(rounded_start(start, start + std::chrono::days(20)), at("2026-01-01T12:30:00Z"));
    EXPECT_EQ(rounded_start(start, start + std::chrono::days(80)), at("2026-01-01T12:00:00Z"));
}

}  // namespace
}  // namespace countersign::cloudwatch
