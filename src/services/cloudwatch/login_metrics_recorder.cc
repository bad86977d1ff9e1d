#include "services/cloudwatch/login_metrics_recorder.h"

#include <algorithm>
#include <string>
#include <vector>

#include "audit/chain.h"
#include "audit/files.h"
#include "base/backward_lines.h"
#include "formats/iso_time.h"

namespace countersign::cloudwatch {

namespace {

std::string dimension_of(std::string_view resource_id) {
    if (resource_id.starts_with("cluster-")) return "DBClusterIdentifier";
    return resource_id.starts_with("prx-") ? "ProxyName" : "DBInstanceIdentifier";
}

}  // namespace

Result<void> LoginMetricsRecorder::load(const std::filesystem::path& login_log) {
    const std::uint64_t stored = TRY(files_.load(series_));
    seq_ = stored;
    std::vector<std::filesystem::path> files = audit::log_files(login_log);
    std::ranges::reverse(files);
    for (const auto& file : files)
        if (TRY(count_again(file, stored)) == Reach::all_counted) break;
    flush(newest_);
    return {};
}

// The file's lines after that number, from its end, since nearly all that stands before is on disk already.
Result<LoginMetricsRecorder::Reach> LoginMetricsRecorder::count_again(const std::filesystem::path& file,
                                                                      std::uint64_t stored) {
    auto lines = BackwardLines::open(file);
    if (!lines && lines.error().fault == Fault::not_found) return Reach::further;
    if (!lines) return std::move(lines).error();
    for (std::string line; lines->next(line);) {
        const auto position = audit::position_of(line);
        const auto entry = audit::entry_in(line);
        if (!position || !entry) continue;  // damaged: those before it count all the same
        if (position->seq <= stored) return Reach::all_counted;
        seq_ = std::max(seq_, position->seq);
        if (const Minute minute = count(*entry); minute <= minute_of(newest_) - MetricSeries::minutes_kept)
            return Reach::all_counted;
    }
    return Reach::further;
}

void LoginMetricsRecorder::written(const std::string& line, const audit::LoginEntry& entry) {
    const auto position = audit::position_of(line);
    if (!position) return;
    const auto time = formats::parse_extended_time(entry.time);
    if (time && minute_of(*time) > minute_of(newest_)) flush(*time);
    seq_ = position->seq;
    count(entry);
}

// The minute that it was counted into, or would be.
Minute LoginMetricsRecorder::count(const audit::LoginEntry& entry) {
    const auto time = formats::parse_extended_time(entry.time);
    if (!time) return minute_of(newest_);
    newest_ = std::max(newest_, *time);
    const Minute minute = minute_of(*time);
    const bool allowed = entry.decision == audit::Decision::allowed;
    const auto cause = audit::failure_cause(entry.check);
    if (!allowed && (entry.decision != audit::Decision::refused || !cause)) return minute;
    const Database database{entry.account, entry.region, dimension_of(entry.resource_id), entry.database};
    const Counts counts = one_login(allowed ? std::nullopt : cause);
    series_.add(database, minute, counts);
    unwritten_[{database, minute}].add(counts);
    return minute;
}

void LoginMetricsRecorder::flush(Instant now) {
    if (unwritten_.empty()) return;
    StoredBatch batch;
    batch.seq = seq_;
    for (const auto& [key, counts] : unwritten_) {
        const auto& [database, minute] = key;
        StoredRow row{database.account, database.region, database.dimension, database.identifier, minute, {}};
        row.counts.push_back(counts.success);
        row.counts.insert(row.counts.end(), counts.failures.begin(), counts.failures.end());
        batch.rows.push_back(std::move(row));
    }
    const Result<void> written = files_.append(batch, now);
    if (written)
        unwritten_.clear();
    else
        log_.error("figures.unwritten", {{"reason", written.error().message}});
}

void LoginMetricsRecorder::finish() {
    flush(newest_);
}

}  // namespace countersign::cloudwatch
