#include "services/cloudwatch/operations.h"

#include "base/text.h"
#include "gateway/paging.h"

namespace countersign::cloudwatch {

std::optional<Series> series_of(const gateway::Call& call, std::string_view name_space,
                                std::string_view metric,
                                const std::optional<std::vector<api::Dimension>>& dimensions,
                                const std::optional<std::string>& unit) {
    const MetricName* known = find_metric(metric);
    const bool ours = name_space == metric_namespace && known != nullptr && (!unit || *unit == metric_unit);
    if (!ours || !dimensions || dimensions->size() != 1) return std::nullopt;
    const api::Dimension& dimension = dimensions->front();
    return Series{known, {call.account(), call.region, *dimension.Name, *dimension.Value}};
}

std::vector<Sample> samples_of(const Deps& deps, const Series& series, Instant from, Instant to) {
    const auto last = std::chrono::ceil<std::chrono::minutes>(to);
    return deps.series.samples(series.database, *series.metric, minute_of(from), minute_of(last));
}

std::string page_token(std::size_t offset, std::string_view request) {
    return gateway::page_token(std::to_string(offset), request);
}

Result<std::size_t> page_offset(const std::optional<std::string>& token, std::string_view request,
                                std::string_view code) {
    if (!token) return std::size_t{0};
    const auto place = gateway::place_in(*token, request);
    const auto offset = parse_number<std::size_t>(place.value_or(""));
    if (!offset)
        return Error{Fault::invalid, "The next token is not valid for this request.", std::string(code)};
    return *offset;
}

}  // namespace countersign::cloudwatch
