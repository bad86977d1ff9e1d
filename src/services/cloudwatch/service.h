// The part of CloudWatch's API that reads metrics: ListMetrics, GetMetricData and GetMetricStatistics on the
// IamDbAuthConnection… figures of namespace AWS/RDS.
#pragma once

#include "gateway/gateway.h"
#include "services/cloudwatch/figures.h"

namespace countersign::cloudwatch {

// The figures must outlive the service.
struct Surroundings {
    const Figures& figures;
};

gateway::Service service(const Surroundings& around);

}  // namespace countersign::cloudwatch
