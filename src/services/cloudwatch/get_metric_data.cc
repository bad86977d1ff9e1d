#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "formats/iso_time.h"
#include "services/cloudwatch/operations.h"
#include "services/cloudwatch/statistics.h"

namespace countersign::cloudwatch {

namespace {

constexpr std::size_t queries_max = 500;
constexpr std::int64_t data_points_max = 100'800;  // of one page

Error invalid(std::string message) {
    return Error{Fault::invalid, std::move(message), "ValidationError"};
}

bool is_query_id(std::string_view id) {
    const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
    const auto is_word = [&](char c) {
        return is_lower(c) || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    };
    return !id.empty() && is_lower(id.front()) && std::ranges::all_of(id, is_word);
}

Result<void> check_data_request(const api::MetricDataQuery& query, std::size_t number) {
    if (!is_query_id(*query.Id))
        return invalid(
            fmt::format("The value {} for parameter MetricDataQueries.member.{}.Id is not matching the "
                        "expected pattern ^[a-z][a-zA-Z0-9_]*$.",
                        *query.Id, number));
    if (query.Expression)
        return invalid(
            fmt::format("Error in expression '{}': expressions are not supported here; ask for "
                        "MetricStat and calculate with its values.",
                        *query.Id));
    if (!query.MetricStat)
        return invalid(fmt::format("The metric data query '{}' must have a MetricStat.", *query.Id));
    if (!is_period(*query.MetricStat->Period))
        return invalid(
            fmt::format("The parameter MetricDataQueries.member.{}.MetricStat.Period must be 1, 5, 10, "
                        "20, 30, or a multiple of 60.",
                        number));
    if (find_statistic(*query.MetricStat->Stat) == nullptr)
        return invalid(
            fmt::format("The value {} for parameter MetricDataQueries.member.{}.MetricStat.Stat is not "
                        "supported.",
                        *query.MetricStat->Stat, number));
    const api::Metric& metric = *query.MetricStat->Metric;
    if (!metric.Namespace || !metric.MetricName)
        return invalid(
            fmt::format("The metric of query '{}' must have a Namespace and a MetricName.", *query.Id));
    return {};
}

Result<void> check_data_request(const api::GetMetricDataInput& input) {
    const std::vector<api::MetricDataQuery>& queries = *input.MetricDataQueries;
    if (queries.empty() || queries.size() > queries_max)
        return invalid(fmt::format("MetricDataQueries must have 1 to {} members.", queries_max));
    if (*input.StartTime >= *input.EndTime)
        return invalid("The parameter StartTime must be less than the parameter EndTime.");
    if (input.MaxDatapoints && (*input.MaxDatapoints < 1 || *input.MaxDatapoints > data_points_max))
        return invalid(fmt::format("The parameter MaxDatapoints must be between 1 and {}.", data_points_max));
    std::set<std::string_view> ids;
    for (std::size_t i = 0; i < queries.size(); ++i) {
        TRY(check_data_request(queries[i], i + 1));
        if (!ids.insert(*queries[i].Id).second)
            return invalid(fmt::format("The values for parameter Id in MetricDataQueries are not unique: {}.",
                                       *queries[i].Id));
    }
    const auto returned = [](const api::MetricDataQuery& query) { return query.ReturnData.value_or(true); };
    if (std::ranges::none_of(queries, returned))
        return invalid("At least one metric data query must return data.");
    return {};
}

// The times and values of one query, over all pages. Periods begin at whole multiples of themselves.
api::MetricDataResult result_of(const Deps& deps, const gateway::Call& call,
                                const api::GetMetricDataInput& input, const api::MetricDataQuery& query) {
    const api::MetricStat& stat = *query.MetricStat;
    const std::chrono::seconds period(*stat.Period);
    api::MetricDataResult result;
    result.Id = query.Id;
    result.Label = query.Label ? query.Label : stat.Metric->MetricName;
    result.StatusCode = "Complete";
    const auto series = series_of(call, *stat.Metric->Namespace, *stat.Metric->MetricName,
                                  stat.Metric->Dimensions, stat.Unit);
    if (!series) return result;
    const Instant start(rounded_start(*input.StartTime, call.now).time_since_epoch() / period * period);
    std::vector<DataPoint> points =
        data_points(samples_of(deps, *series, start, *input.EndTime), Instant{}, period);
    if (input.ScanBy.value_or("TimestampDescending") == "TimestampDescending") std::ranges::reverse(points);
    for (const DataPoint& point : points) {
        result.Timestamps.push_back(point.time);
        result.Values.push_back(find_statistic(*stat.Stat)->value(point));
    }
    return result;
}

// One page of all results, which are one long row of points.
class Page {
public:
    Page(std::size_t skip, std::size_t max) : skip_(skip), left_(max) {}

    void add(api::MetricDataResult result, std::vector<api::MetricDataResult>& results) {
        const std::size_t size = result.Values.size();
        const std::size_t from = std::min(skip_, size);
        const std::size_t count = std::min(left_, size - from);
        skip_ -= from;
        left_ -= count;
        taken_ += count;
        if (from + count < size) more_ = true;
        if (count == 0 && size != 0) return;
        if (from + count < size) result.StatusCode = "PartialData";
        keep(result.Timestamps, from, count);
        keep(result.Values, from, count);
        results.push_back(std::move(result));
    }

    bool more() const { return more_; }
    std::size_t taken() const { return taken_; }

private:
    template <class Item>
    static void keep(std::vector<Item>& items, std::size_t from, std::size_t count) {
        const auto begin = items.begin() + static_cast<std::ptrdiff_t>(from);
        items = std::vector<Item>(begin, begin + static_cast<std::ptrdiff_t>(count));
    }

    std::size_t skip_;
    std::size_t left_;
    std::size_t taken_ = 0;
    bool more_ = false;
};

// What the pages of one request have in common.
std::string identity_of_query(const api::GetMetricDataInput& input) {
    std::string text = formats::extended_time(*input.StartTime) + formats::extended_time(*input.EndTime) +
                       input.ScanBy.value_or("");
    for (const api::MetricDataQuery& query : *input.MetricDataQueries)
        text += fmt::format("\n{} {} {} {}", *query.Id, *query.MetricStat->Period, *query.MetricStat->Stat,
                            *query.MetricStat->Metric->MetricName);
    return text;
}

}  // namespace

Result<api::GetMetricDataOutput> get_metric_data(const Deps& deps, const gateway::Call& call,
                                                 const api::GetMetricDataInput& input) {
    TRY(check_data_request(input));
    const std::string identity = identity_of_query(input);
    const std::size_t skip = TRY(page_offset(input.NextToken, identity, "InvalidNextToken"));
    Page page(skip, static_cast<std::size_t>(input.MaxDatapoints.value_or(data_points_max)));
    api::GetMetricDataOutput answer;
    for (const api::MetricDataQuery& query : *input.MetricDataQueries)
        if (query.ReturnData.value_or(true))
            page.add(result_of(deps, call, input, query), answer.MetricDataResults);
    if (page.more()) answer.NextToken = page_token(skip + page.taken(), identity);
    return answer;
}

}  // namespace countersign::cloudwatch
