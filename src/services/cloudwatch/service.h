// The part of CloudWatch's API that reads metrics: ListMetrics, GetMetricData and GetMetricStatistics on the
// IamDbAuthConnection… figures of namespace AWS/RDS.
#pragma once

#include <string_view>

#include "gateway/service.h"
#include "services/cloudwatch/metric_series.h"

namespace countersign::cloudwatch {

// The figures must outlive the service.
struct Deps {
    static constexpr std::string_view action_prefix = "cloudwatch";

    const MetricSeries& series;
};

gateway::Service service(const Deps& deps);

}  // namespace countersign::cloudwatch
