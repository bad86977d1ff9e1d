// Counts the audit's lines into figures and keeps them on disk: whole minutes at the first login after them
// and at the end. What was not written when the server died is counted again from the audit. Hears lines in
// the order of the chain, one at a time.
#pragma once

#include <filesystem>
#include <map>
#include <utility>

#include "audit/log.h"
#include "base/log.h"
#include "services/cloudwatch/metric_files.h"
#include "services/cloudwatch/metric_series.h"

namespace countersign::cloudwatch {

class LoginMetricsRecorder : public audit::LineListener {
public:
    // Everything must outlive it.
    LoginMetricsRecorder(MetricSeries& figures, std::filesystem::path directory, const Log& log)
        : series_(figures), files_(std::move(directory)), log_(log) {}

    // Reads what is kept, then the lines of the audit that are not in it. Before the audit is opened.
    Result<void> load(const std::filesystem::path& login_log);

    void written(const std::string& line, const audit::LoginEntry& entry) override;

    // Writes what is not on disk yet, once no line comes any more.
    void finish();

private:
    enum class Reach { further, all_counted };  // whether older files may hold lines that are not counted

    Result<Reach> count_again(const std::filesystem::path& file, std::uint64_t stored);
    Minute count(const audit::LoginEntry& entry);
    void flush(Instant now);

    MetricSeries& series_;
    MetricFiles files_;
    const Log& log_;
    std::uint64_t seq_ = 0;
    Instant newest_;  // of the lines that were heard
    std::map<std::pair<Database, Minute>, Counts> unwritten_;
};

}  // namespace countersign::cloudwatch
