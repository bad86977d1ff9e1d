// The figures on disk: one file a day below a directory of their own, one line for each batch of minutes,
// added in one write. Lines add up, so that a late login is a line more. Files of days that are over are
// removed. One thread at a time.
#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "services/cloudwatch/metric_series.h"

namespace countersign::cloudwatch {

struct StoredRow {
    std::string account;
    std::string region;
    std::string dimension;
    std::string identifier;
    Minute minute = 0;
    std::vector<std::int64_t> counts;  // successes, then failures by cause
};
BOOST_DESCRIBE_STRUCT(StoredRow, (), (account, region, dimension, identifier, minute, counts))

struct StoredBatch {
    std::uint64_t seq = 0;  // the audit's line up to which logins are counted
    std::vector<StoredRow> rows;
};
BOOST_DESCRIBE_STRUCT(StoredBatch, (), (seq, rows))

class MetricFiles {
public:
    explicit MetricFiles(std::filesystem::path directory) : directory_(std::move(directory)) {}

    // Adds every row to the figures and tells the last batch's seq. A line that cannot be read is passed
    // over: it was cut off, and what it held is counted again from the audit.
    Result<std::uint64_t> load(MetricSeries& series) const;

    Result<void> append(const StoredBatch& batch, Instant now);

private:
    std::vector<std::filesystem::path> files() const;  // oldest first
    void remove_old(Instant now) const;

    const std::filesystem::path directory_;
    std::string day_;  // of the last append
};

}  // namespace countersign::cloudwatch
