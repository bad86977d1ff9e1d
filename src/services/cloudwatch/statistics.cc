#include "services/cloudwatch/statistics.h"

#include <algorithm>
#include <array>

namespace countersign::cloudwatch {

namespace {

constexpr std::array statistics{
    Statistic{"Average", [](const DataPoint& point) { return point.average(); }},
    Statistic{"Maximum", [](const DataPoint& point) { return point.maximum; }},
    Statistic{"Minimum", [](const DataPoint& point) { return point.minimum; }},
    Statistic{"SampleCount", [](const DataPoint& point) { return point.sample_count; }},
    Statistic{"Sum", [](const DataPoint& point) { return point.sum; }},
};

}  // namespace

std::vector<DataPoint> data_points(const std::vector<Sample>& samples, Instant origin,
                                   std::chrono::seconds period) {
    std::vector<DataPoint> points;
    for (const Sample& sample : samples) {
        const Instant at{std::chrono::minutes(sample.minute)};
        const Instant begin = origin + (at - origin) / period * period;
        if (points.empty() || points.back().time != begin)
            points.push_back({begin, 0, 0, sample.value, sample.value});
        DataPoint& point = points.back();
        point.sample_count += 1;
        point.sum += sample.value;
        point.minimum = std::min(point.minimum, sample.value);
        point.maximum = std::max(point.maximum, sample.value);
    }
    return points;
}

const Statistic* find_statistic(std::string_view name) {
    const auto* found = std::ranges::find(statistics, name, &Statistic::name);
    return found == statistics.end() ? nullptr : found;
}

bool is_period(std::int64_t seconds) {
    constexpr std::array<std::int64_t, 5> short_ones{1, 5, 10, 20, 30};
    return seconds > 0 && (seconds % 60 == 0 || std::ranges::find(short_ones, seconds) != short_ones.end());
}

Instant rounded_start(Instant start, Instant now) {
    using namespace std::chrono_literals;
    const auto age = now - start;
    const std::chrono::minutes step = age < std::chrono::days(15)   ? 1min
                                      : age < std::chrono::days(63) ? 5min
                                                                    : 60min;
    const auto since_epoch = start.time_since_epoch();
    return Instant(std::chrono::floor<std::chrono::minutes>(since_epoch) / step * step);
}

}  // namespace countersign::cloudwatch
