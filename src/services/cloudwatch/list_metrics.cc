#include <algorithm>

#include "services/cloudwatch/operations.h"

namespace countersign::cloudwatch {

namespace {

constexpr std::size_t page_max = 500;

bool matches(const Database& database, const api::DimensionFilter& filter) {
    return *filter.Name == database.dimension && (!filter.Value || *filter.Value == database.identifier);
}

bool matches(const Database& database, const api::ListMetricsInput& input) {
    return !input.Dimensions ||
           std::ranges::all_of(*input.Dimensions,
                               [&](const api::DimensionFilter& filter) { return matches(database, filter); });
}

api::Metric to_api(const MetricName& metric, const Database& database) {
    api::Metric made;
    made.Namespace = metric_namespace;
    made.MetricName = metric.name;
    made.Dimensions = {api::Dimension{database.dimension, database.identifier}};
    return made;
}

// What the pages of one listing have in common.
std::string identity_of_filter(const api::ListMetricsInput& input) {
    std::string text = input.Namespace.value_or("") + '\n' + input.MetricName.value_or("") + '\n' +
                       input.RecentlyActive.value_or("");
    for (const api::DimensionFilter& filter : input.Dimensions.value_or(std::vector<api::DimensionFilter>{}))
        text += '\n' + *filter.Name + '\n' + filter.Value.value_or("");
    return text;
}

std::vector<api::Metric> matching(const Deps& deps, const gateway::Call& call,
                                  const api::ListMetricsInput& input) {
    constexpr Minute recent_minutes = 180;
    std::vector<api::Metric> found;
    if (input.Namespace && *input.Namespace != metric_namespace) return found;
    const Minute reach = input.RecentlyActive ? recent_minutes : MetricSeries::minutes_kept;
    for (const Database& database :
         deps.series.databases(call.account(), call.region, minute_of(call.now) - reach)) {
        if (!matches(database, input)) continue;
        for (const MetricName& metric : metric_names)
            if (!input.MetricName || *input.MetricName == metric.name)
                found.push_back(to_api(metric, database));
    }
    return found;
}

}  // namespace

Result<api::ListMetricsOutput> list_metrics(const Deps& deps, const gateway::Call& call,
                                            const api::ListMetricsInput& input) {
    const std::string identity = identity_of_filter(input);
    const std::size_t skip = TRY(page_offset(input.NextToken, identity, "InvalidParameterValue"));
    const std::vector<api::Metric> found = matching(deps, call, input);
    const std::size_t end = std::min(found.size(), skip + page_max);
    api::ListMetricsOutput answer;
    for (std::size_t at = skip; at < end; ++at) answer.Metrics.push_back(found[at]);
    if (end < found.size()) answer.NextToken = page_token(end, identity);
    return answer;
}

}  // namespace countersign::cloudwatch
