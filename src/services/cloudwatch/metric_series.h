// How many logins by token each database had in each minute, and how they ended: what the
// IamDbAuthConnection… metrics are made of. In memory, bounded: fifteen days as CloudWatch keeps minutes, and
// a number of rows of which the oldest give way. Reads no clock. Safe to call from any thread. Source: Aurora
// User Guide, "Troubleshooting IAM database authentication".
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "audit/failure_cause.h"
#include "base/clock.h"
#include "base/mutex.h"

namespace countersign::cloudwatch {

using Minute = std::int64_t;  // since 1970

inline Minute minute_of(Instant instant) {
    return std::chrono::floor<std::chrono::minutes>(instant).time_since_epoch().count();
}

// A database as its metrics' dimension names it.
struct Database {
    std::string account;
    std::string region;
    std::string dimension;  // DBClusterIdentifier, DBInstanceIdentifier or ProxyName
    std::string identifier;
    bool operator==(const Database&) const = default;
    bool operator<(const Database& other) const {
        return std::tie(account, region, dimension, identifier) <
               std::tie(other.account, other.region, other.dimension, other.identifier);
    }
};

struct Counts {
    std::int64_t success = 0;
    std::array<std::int64_t, 4> failures{};  // by audit::FailureCause

    void add(const Counts& more);
    std::int64_t failure() const;
    bool operator==(const Counts&) const = default;
};

// One attempt; `cause` of a refusal.
Counts one_login(std::optional<audit::FailureCause> cause);

struct MetricName {
    std::string_view name;
    std::int64_t (*value)(const Counts&);
};
extern const std::array<MetricName, 7> metric_names;
const MetricName* find_metric(std::string_view name);

// The value of one metric in one minute.
struct Sample {
    Minute minute = 0;
    double value = 0;
};

class MetricSeries {
public:
    static constexpr Minute minutes_kept = Minute{15} * 24 * 60;

    explicit MetricSeries(std::size_t rows_max = 4'000'000) : rows_max_(rows_max) {}

    void add(const Database& database, Minute minute, const Counts& counts);

    // In [from, to), oldest first. A minute without logins has none.
    std::vector<Sample> samples(const Database& database, const MetricName& metric, Minute from,
                                Minute to) const;

    // Those that had a login at `since` or later, in order.
    std::vector<Database> databases(std::string_view account, std::string_view region, Minute since) const;

private:
    struct History {
        std::map<Minute, Counts> minutes;
    };
    void drop_oldest() REQUIRES(mutex_);

    const std::size_t rows_max_;
    mutable Mutex mutex_;
    std::map<Database, History> histories_ GUARDED_BY(mutex_);
    std::map<Minute, std::size_t> rows_in_
        GUARDED_BY(mutex_);  // how many databases have a row of that minute
    std::size_t rows_ GUARDED_BY(mutex_) = 0;
};

}  // namespace countersign::cloudwatch
