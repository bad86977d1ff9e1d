#include "services/cloudwatch/service.h"

#include "gateway/rows.h"
#include "services/cloudwatch/operations.h"

namespace countersign::cloudwatch {

using gateway::on_all_resources;  // CloudWatch's actions are about no resource in particular
namespace ops = api::ops;

gateway::Service service(const Deps& deps) {
    return gateway::Service{
        api::model,
        gateway::Locality::regional,
        api::errors,
        {
            on_all_resources<ops::GetMetricData>(deps, get_metric_data),
            on_all_resources<ops::GetMetricStatistics>(deps, get_metric_statistics),
            on_all_resources<ops::ListMetrics>(deps, list_metrics,
                                               {{"Dimensions", "IncludeLinkedAccounts", "MetricName",
                                                 "Namespace", "NextToken", "RecentlyActive"}}),
        }};
}

}  // namespace countersign::cloudwatch
