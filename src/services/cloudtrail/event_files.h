// Events on disk: lines added to the newest of a bounded number of files; the oldest file gives way. Without
// fsync: what must not be lost is in the store or in the audit of logins. Safe to call from any thread.
//
//     api-writes.000001.log, api-writes.000002.log, …
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"

namespace countersign::cloudtrail {

// One file of a log; files with greater numbers are newer.
struct NumberedFile {
    std::uint64_t number = 0;
    std::filesystem::path path;
};

struct EventFileBounds {
    std::uint64_t bytes_max = 32UL * 1024 * 1024;  // of a file; then the next is begun
    std::size_t files_max = 16;
};

class EventFiles {
public:
    EventFiles(std::filesystem::path directory, std::string name, EventFileBounds bounds = {});
    ~EventFiles();
    EventFiles(const EventFiles&) = delete;
    EventFiles& operator=(const EventFiles&) = delete;

    // In one write.
    Result<void> append(const std::string& line);

    std::vector<NumberedFile> files() const;  // newest first

private:
    Result<void> open(std::uint64_t number) REQUIRES(mutex_);
    std::filesystem::path path_of(std::uint64_t number) const;

    const std::filesystem::path directory_;
    const std::string name_;
    const EventFileBounds bounds_;
    Mutex mutex_;
    int descriptor_ GUARDED_BY(mutex_) = -1;
    std::uint64_t number_ GUARDED_BY(mutex_) = 0;
    std::uint64_t bytes_ GUARDED_BY(mutex_) = 0;
};

}  // namespace countersign::cloudtrail
