#include "services/cloudwatch/service.h"

#include "services/cloudwatch/operations.h"

namespace countersign::cloudwatch {

namespace {

using gateway::Call;
namespace ops = api::ops;

// CloudWatch's actions are about no resource in particular.
template <class Op>
gateway::Operation row(const Deps& deps, gateway::Function<Op, Deps> function,
                       gateway::Supported supported = std::nullopt) {
    auto everything = [](const Call&, const typename Op::Input&) { return std::vector<std::string>{"*"}; };
    return gateway::operation<Op>("cloudwatch", everything, gateway::bound<Op>(deps, function),
                                  std::move(supported));
}

}  // namespace

gateway::Service service(const Deps& deps) {
    return gateway::Service{api::model,
                            gateway::Locality::regional,
                            api::errors,
                            {
                                row<ops::GetMetricData>(deps, get_metric_data),
                                row<ops::GetMetricStatistics>(deps, get_metric_statistics),
                                row<ops::ListMetrics>(deps, list_metrics,
                                                      {{"Dimensions", "IncludeLinkedAccounts", "MetricName",
                                                        "Namespace", "NextToken", "RecentlyActive"}}),
                            }};
}

}  // namespace countersign::cloudwatch
