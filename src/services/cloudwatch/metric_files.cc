#include "services/cloudwatch/metric_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "formats/iso_time.h"
#include "formats/record.h"

namespace countersign::cloudwatch {

namespace {

namespace fs = std::filesystem;

constexpr auto days_kept = std::chrono::days(16);  // fifteen, and the one that is going on

Result<Counts> counts_of(const StoredRow& row) {
    Counts counts;
    if (row.counts.size() != counts.failures.size() + 1)
        return Error{Fault::internal, "a row of figures does not have its shape"};
    counts.success = row.counts.front();
    std::copy(row.counts.begin() + 1, row.counts.end(), counts.failures.begin());
    return counts;
}

Error unwritten(const fs::path& file, std::string_view why) {
    return Error{Fault::unavailable, "cannot write " + file.string() + ": " + std::string(why)};
}

}  // namespace

std::vector<fs::path> MetricFiles::files() const {
    std::vector<fs::path> found;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(directory_, none)) found.push_back(entry.path());
    std::ranges::sort(found);
    return found;
}

Result<std::uint64_t> MetricFiles::load(MetricSeries& series) const {
    std::uint64_t seq = 0;
    for (const fs::path& file : files()) {
        std::ifstream in(file);
        for (std::string line; std::getline(in, line);) {
            const auto batch = formats::from_record<StoredBatch>(line);
            if (!batch) continue;
            seq = batch->seq;
            for (const StoredRow& row : batch->rows)
                if (const auto counts = counts_of(row))
                    series.add({row.account, row.region, row.dimension, row.identifier}, row.minute, *counts);
        }
        if (in.bad()) return Error{Fault::unavailable, "cannot read " + file.string()};
    }
    return seq;
}

Result<void> MetricFiles::append(const StoredBatch& batch, Instant now) {
    const std::string day = formats::basic_date(now);
    if (day != day_) {
        std::error_code error;
        fs::create_directories(directory_, error);
        fs::permissions(directory_, fs::perms::owner_all, error);
        remove_old(now);
    }
    const fs::path file = directory_ / (day + ".log");
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (descriptor < 0) return unwritten(file, std::strerror(errno));
    // The line end comes first: what a power failure cut off before is a line of its own, and unreadable.
    const std::string line = '\n' + formats::to_record(batch) + '\n';
    const ssize_t written = ::write(descriptor, line.data(), line.size());
    const int why = errno;
    ::close(descriptor);
    if (written != static_cast<ssize_t>(line.size()))
        return unwritten(file, written < 0 ? std::strerror(why) : "the disk is full");
    day_ = day;
    return {};
}

void MetricFiles::remove_old(Instant now) const {
    const std::string oldest = formats::basic_date(now - days_kept) + ".log";
    std::error_code ignored;
    for (const fs::path& file : files())
        if (file.filename() < oldest) fs::remove(file, ignored);
}

}  // namespace countersign::cloudwatch
