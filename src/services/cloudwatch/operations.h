// The operations, and what they share.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/operation.h"
#include "generated/cloudwatch.h"
#include "services/cloudwatch/service.h"

namespace countersign::cloudwatch {

inline constexpr std::string_view metric_namespace = "AWS/RDS";
inline constexpr std::string_view metric_unit = "Count";

Result<api::ListMetricsOutput> list_metrics(const Deps& deps, const gateway::Call& call,
                                            const api::ListMetricsInput& input);
Result<api::GetMetricDataOutput> get_metric_data(const Deps& deps, const gateway::Call& call,
                                                 const api::GetMetricDataInput& input);
Result<api::GetMetricStatisticsOutput> get_metric_statistics(const Deps& deps, const gateway::Call& call,
                                                             const api::GetMetricStatisticsInput& input);

// One metric of one database.
struct Series {
    const MetricName* metric = nullptr;
    Database database;
};

// The series that namespace, name and dimensions mean; nothing when Countersign has none of that kind.
std::optional<Series> series_of(const gateway::Call& call, std::string_view name_space,
                                std::string_view metric,
                                const std::optional<std::vector<api::Dimension>>& dimensions,
                                const std::optional<std::string>& unit);

// Samples of the time [from, to), which may be without any.
std::vector<Sample> samples_of(const Deps& deps, const Series& series, Instant from, Instant to);

// Which place in an answer a page begins at. A token is good for the request that it was given for.
std::string page_token(std::size_t offset, std::string_view request);
Result<std::size_t> page_offset(const std::optional<std::string>& token, std::string_view request,
                                std::string_view code);

}  // namespace countersign::cloudwatch
