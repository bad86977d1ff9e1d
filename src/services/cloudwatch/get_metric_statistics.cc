#include <fmt/format.h>

#include <algorithm>

#include "services/cloudwatch/operations.h"
#include "services/cloudwatch/statistics.h"

namespace countersign::cloudwatch {

namespace {

constexpr std::int64_t statistics_points_max = 1440;

Error bad_value(std::string message) {
    return Error{Fault::invalid, std::move(message), "InvalidParameterValue"};
}

Error bad_combination(std::string message) {
    return Error{Fault::invalid, std::move(message), "InvalidParameterCombination"};
}

// 20,160
std::string grouped(std::int64_t number) {
    std::string text = std::to_string(number);
    for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, 1, ',');
    return text;
}

Result<void> check_statistics_request(const api::GetMetricStatisticsInput& input) {
    if (!is_period(*input.Period))
        return bad_value("The parameter Period must be 1, 5, 10, 20, 30, or a multiple of 60.");
    if (*input.StartTime >= *input.EndTime)
        return bad_combination("The parameter StartTime must be less than the parameter EndTime.");
    if (input.ExtendedStatistics)
        return bad_value("Percentiles are not kept for these metrics; ask for Statistics.");
    if (!input.Statistics || input.Statistics->empty())
        return bad_combination(
            "At least one of the parameters Statistics and ExtendedStatistics must be specified.");
    const auto length = std::chrono::ceil<std::chrono::seconds>(*input.EndTime - *input.StartTime).count();
    const std::int64_t points = (length + *input.Period - 1) / *input.Period;
    if (points > statistics_points_max)
        return bad_combination(fmt::format(
            "You have requested up to {} datapoints, which exceeds the limit of {}. You may reduce the "
            "datapoints requested by increasing Period, or decreasing the time range.",
            grouped(points), grouped(statistics_points_max)));
    return {};
}

api::Datapoint to_api(const DataPoint& point, const std::vector<std::string>& statistics) {
    const auto asked = [&](std::string_view name) {
        return std::ranges::find(statistics, name) != statistics.end();
    };
    api::Datapoint made;
    made.Timestamp = point.time;
    if (asked("SampleCount")) made.SampleCount = point.sample_count;
    if (asked("Average")) made.Average = point.average();
    if (asked("Sum")) made.Sum = point.sum;
    if (asked("Minimum")) made.Minimum = point.minimum;
    if (asked("Maximum")) made.Maximum = point.maximum;
    made.Unit = metric_unit;
    return made;
}

}  // namespace

// Periods begin at StartTime, as on AWS.
Result<api::GetMetricStatisticsOutput> get_metric_statistics(const Deps& deps, const gateway::Call& call,
                                                             const api::GetMetricStatisticsInput& input) {
    TRY(check_statistics_request(input));
    api::GetMetricStatisticsOutput answer;
    answer.Label = input.MetricName;
    const auto series = series_of(call, *input.Namespace, *input.MetricName, input.Dimensions, input.Unit);
    if (!series) return answer;
    const Instant start = rounded_start(*input.StartTime, call.now);
    const auto samples = samples_of(deps, *series, start, *input.EndTime);
    for (const DataPoint& point : data_points(samples, start, std::chrono::seconds(*input.Period)))
        answer.Datapoints.push_back(to_api(point, *input.Statistics));
    return answer;
}

}  // namespace countersign::cloudwatch
