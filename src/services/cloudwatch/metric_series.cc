#include "services/cloudwatch/metric_series.h"

#include <algorithm>
#include <numeric>

namespace countersign::cloudwatch {

namespace {

template <audit::FailureCause cause>
std::int64_t failures(const Counts& counts) {
    return counts.failures[static_cast<std::size_t>(cause)];
}

}  // namespace

const std::array<MetricName, 7> metric_names{{
    {"IamDbAuthConnectionFailure", [](const Counts& counts) { return counts.failure(); }},
    {"IamDbAuthConnectionFailureInsufficientPermissions",
     failures<audit::FailureCause::insufficient_permissions>},
    {"IamDbAuthConnectionFailureInvalidToken", failures<audit::FailureCause::invalid_token>},
    {"IamDbAuthConnectionFailureServerError", failures<audit::FailureCause::server_error>},
    {"IamDbAuthConnectionFailureThrottling", failures<audit::FailureCause::throttling>},
    {"IamDbAuthConnectionRequests", [](const Counts& counts) { return counts.success + counts.failure(); }},
    {"IamDbAuthConnectionSuccess", [](const Counts& counts) { return counts.success; }},
}};

const MetricName* find_metric(std::string_view name) {
    const auto* found = std::ranges::find(metric_names, name, &MetricName::name);
    return found == metric_names.end() ? nullptr : found;
}

void Counts::add(const Counts& more) {
    success += more.success;
    for (std::size_t i = 0; i < failures.size(); ++i) failures[i] += more.failures[i];
}

std::int64_t Counts::failure() const {
    return std::accumulate(failures.begin(), failures.end(), std::int64_t{0});
}

Counts one_login(std::optional<audit::FailureCause> cause) {
    Counts counts;
    if (cause)
        counts.failures[static_cast<std::size_t>(*cause)] = 1;
    else
        counts.success = 1;
    return counts;
}

void MetricSeries::add(const Database& database, Minute minute, const Counts& counts) {
    const MutexLock lock(mutex_);
    if (!rows_in_.empty() && minute <= rows_in_.rbegin()->first - minutes_kept) return;
    History& history = histories_[database];
    const auto [row, fresh] = history.minutes.try_emplace(minute);
    row->second.add(counts);
    if (!fresh) return;
    ++rows_in_[minute];
    ++rows_;
    const Minute horizon = rows_in_.rbegin()->first - minutes_kept;
    while (rows_in_.size() > 1 && (rows_ > rows_max_ || rows_in_.begin()->first <= horizon)) drop_oldest();
}

void MetricSeries::drop_oldest() {
    const Minute oldest = rows_in_.begin()->first;
    for (auto history = histories_.begin(); history != histories_.end();) {
        rows_ -= history->second.minutes.erase(oldest);
        history = history->second.minutes.empty() ? histories_.erase(history) : std::next(history);
    }
    rows_in_.erase(rows_in_.begin());
}

std::vector<Sample> MetricSeries::samples(const Database& database, const MetricName& metric, Minute from,
                                          Minute to) const {
    std::vector<Sample> found;
    const MutexLock lock(mutex_);
    const auto history = histories_.find(database);
    if (history == histories_.end()) return found;
    const auto& minutes = history->second.minutes;
    for (auto row = minutes.lower_bound(from); row != minutes.end() && row->first < to; ++row)
        found.push_back({row->first, static_cast<double>(metric.value(row->second))});
    return found;
}

std::vector<Database> MetricSeries::databases(std::string_view account, std::string_view region,
                                              Minute since) const {
    std::vector<Database> found;
    const MutexLock lock(mutex_);
    for (auto at = histories_.lower_bound({std::string(account), std::string(region), "", ""});
         at != histories_.end() && at->first.account == account && at->first.region == region; ++at)
        if (!at->second.minutes.empty() && at->second.minutes.rbegin()->first >= since)
            found.push_back(at->first);
    return found;
}

}  // namespace countersign::cloudwatch
