// Samples put together into data points, as CloudWatch does it: one for each period in which there is a
// sample. Pure. Source: CloudWatch API Reference, GetMetricStatistics and GetMetricData.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "services/cloudwatch/metric_series.h"

namespace countersign::cloudwatch {

// What the samples of one period come to.
struct DataPoint {
    Instant time;  // when the period begins
    double sample_count = 0;
    double sum = 0;
    double minimum = 0;
    double maximum = 0;
    double average() const { return sum / sample_count; }
};

// Periods are counted from `origin`; in order of time.
std::vector<DataPoint> data_points(const std::vector<Sample>& samples, Instant origin,
                                   std::chrono::seconds period);

struct Statistic {
    std::string_view name;
    double (*value)(const DataPoint&);
};
const Statistic* find_statistic(std::string_view name);

// CloudWatch takes 1, 5, 10, 20, 30 and multiples of 60 seconds.
bool is_period(std::int64_t seconds);

// The time rounded down as CloudWatch does it for what it still keeps: to the minute, after 15 days to five
// minutes, after 63 days to the hour.
Instant rounded_start(Instant start, Instant now);

}  // namespace countersign::cloudwatch
